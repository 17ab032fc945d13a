package systems.core.tool;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.LongConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import systems.core.column.Table;
import systems.core.query.Query;
import systems.core.query.RunStats;
import systems.core.query.Settings;
import systems.core.query.SqlException;
import systems.core.query.Statement;

/** Answers a query on a file. */
@Command(
    name = "sql",
    description = {
      "Answers a query on a file of CSV or Parquet.",
      "The file stands in the query (from 'file.parquet'), behind it (from t), or in --table.",
      "A file - is standard input, as CSV."
    },
    sortOptions = false)
final class Sql implements Callable<Integer> {
  private static final Pattern SIZE =
      Pattern.compile("(\\d{1,15})\\s*(|B|KB|MB|GB)", Pattern.CASE_INSENSITIVE);

  @Spec private @Nullable CommandSpec spec;

  @Parameters(index = "0", paramLabel = "QUERY", description = "select ... from ... where ...")
  private String sql = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "FILE",
      description = "The table, whatever the query calls it.")
  private @Nullable String file;

  @Option(
      names = "--table",
      paramLabel = "NAME=FILE",
      description = "The file of a table that the query names.")
  private Map<String, String> tables = new LinkedHashMap<>();

  @Option(
      names = "--format",
      description = "${COMPLETION-CANDIDATES}. Default: box on a terminal, else csv.")
  private AnswerWriter.@Nullable Format format;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that read. Default: as many as processors.")
  private int threads = Settings.ofMachine().threads();

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      description = "For groups and sorting, as 256MB; more goes to files. Default: half the heap.")
  private @Nullable String memory;

  @Option(
      names = "--temp",
      paramLabel = "DIR",
      description = "Where those files are made. Default: the folder for temporary files.")
  private @Nullable Path temp;

  @Option(names = "--explain", description = "Says what would be done, and does not do it.")
  private boolean explain;

  @Option(
      names = "--stats",
      description = "Says on standard error what was done; with --explain, does it without rows.")
  private boolean stats;

  @Option(names = "--progress", description = "Says on standard error how far it is.")
  private boolean progress;

  private final Tables.Opener opener;
  private final OutputStream standardOut;

  Sql() {
    this(Tables::open, new FileOutputStream(FileDescriptor.out));
  }

  /** With other tables and another standard output, for tests. */
  Sql(Tables.Opener opener, OutputStream standardOut) {
    this.opener = opener;
    this.standardOut = standardOut;
  }

  @Override
  public Integer call() throws IOException {
    Settings settings = settings();
    try {
      Query query = Query.parse(sql);
      try (Table table = opener.open(nameOf(query.source()))) {
        answer(query.on(table.schema()), table, settings);
      }
      return 0;
    } catch (SqlException e) {
      err().println(e.getMessage());
      return Main.FAILED;
    } catch (PipeClosedException e) {
      return 0; // who reads has seen enough
    }
  }

  private String nameOf(String source) {
    String named = tables.get(source);
    return named != null ? named : file != null ? file : source;
  }

  private void answer(Statement statement, Table table, Settings settings) throws IOException {
    var out = new Pipe(standardOut);
    if (explain) {
      out.write((statement.explain() + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8));
      if (!stats) {
        return;
      }
    }
    AnswerWriter writer = AnswerWriter.of(format(), statement.schema(), out);
    if (!explain) {
      writer.begin();
    }
    LongConsumer shown = progress ? new Progress(table.bytes(), err()) : _ -> {};
    RunStats done = statement.run(table, settings.withProgress(shown), explain ? _ -> {} : writer);
    if (progress) {
      err().println();
    }
    if (!explain) {
      writer.finish();
    }
    if (stats) {
      err()
          .printf(
              Locale.ROOT,
              "%d morsels, %d rows scanned, %d rows returned, %d bytes spilled%n",
              done.morsels(),
              done.rowsScanned(),
              done.rowsReturned(),
              done.spilledBytes());
    }
  }

  private AnswerWriter.Format format() {
    if (format != null) {
      return format;
    }
    boolean terminal = System.console() != null && System.console().isTerminal();
    return terminal ? AnswerWriter.Format.BOX : AnswerWriter.Format.CSV;
  }

  private Settings settings() {
    if (threads < 1 || threads > Settings.THREADS_MAX) {
      throw wrong("--threads must be 1 to " + Settings.THREADS_MAX + "; it is " + threads);
    }
    Settings settings = Settings.ofMachine().withThreads(threads);
    settings = memory == null ? settings : settings.withMemoryBytes(bytes(memory));
    return temp == null ? settings : settings.withSpillFolder(temp);
  }

  private long bytes(String size) {
    Matcher matcher = SIZE.matcher(size);
    if (!matcher.matches() || Long.parseLong(matcher.group(1)) == 0) {
      throw wrong("--memory is a size like 256MB; it is " + size);
    }
    int shift =
        switch (matcher.group(2).toUpperCase(Locale.ROOT)) {
          case "KB" -> 10;
          case "MB" -> 20;
          case "GB" -> 30;
          default -> 0;
        };
    return Math.min(Long.parseLong(matcher.group(1)), Long.MAX_VALUE >> shift) << shift;
  }

  private ParameterException wrong(String sentence) {
    return new ParameterException(spec().commandLine(), sentence);
  }

  private PrintWriter err() {
    return spec().commandLine().getErr();
  }

  private CommandSpec spec() {
    if (spec == null) {
      throw new AssertionError("picocli injects it");
    }
    return spec;
  }

  /** A line on standard error that is written over, at each new percent. */
  private static final class Progress implements LongConsumer {
    private final long all;
    private final PrintWriter err;
    private long shown = -1;

    Progress(long all, PrintWriter err) {
      this.all = Math.max(1, all);
      this.err = err;
    }

    @Override
    public synchronized void accept(long done) {
      long percent = Math.min(100, 100 * done / all);
      if (percent > shown) { // threads may come out of order
        shown = percent;
        err.printf("\r%d %%", percent);
        err.flush();
      }
    }
  }

  /** Nobody reads what is written. */
  private static final class PipeClosedException extends IOException {
    private static final long serialVersionUID = 1;

    PipeClosedException(IOException cause) {
      super(cause);
    }
  }

  /** Standard output, whose failures are told from those of files. */
  private static final class Pipe extends OutputStream {
    private final OutputStream stream;

    Pipe(OutputStream stream) {
      this.stream = stream;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int start, int length) throws IOException {
      try {
        stream.write(bytes, start, length);
      } catch (IOException e) {
        if (String.valueOf(e.getMessage()).contains("roken pipe")) {
          throw new PipeClosedException(e);
        }
        throw e;
      }
    }

    @Override
    public void flush() throws IOException {
      stream.flush();
    }
  }
}
