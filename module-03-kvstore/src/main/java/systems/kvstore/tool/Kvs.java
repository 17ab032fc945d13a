package systems.kvstore.tool;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;
import systems.kvstore.Durability;
import systems.kvstore.KvException;
import systems.kvstore.bitcask.BitcaskStore;
import systems.kvstore.fs.PosixFs;

/**
 * The command {@code kvs}: a Bitcask store from the shell.
 *
 * <pre>
 *   kvs [--dir d] set KEY VALUE     nothing printed, 0
 *   kvs [--dir d] get KEY           the value, or "Key not found"; 0 both times
 *   kvs [--dir d] rm KEY            0; a missing key: "Key not found" on stderr, 1
 *   kvs [--dir d] merge             what was freed, 0
 *   kvs [--dir d] stats             one line a figure, 0
 * </pre>
 *
 * <p>Texts and exit codes of {@code set}, {@code get} and {@code rm} are the contract of the {@code
 * kvs} project in PingCAP's "Practical Networked Applications" course, so that its black-box tests
 * can be pointed here. A store that cannot be opened, read or written is a sentence on stderr and
 * exit code 1; a command line that makes no sense is picocli's usage and exit code 2.
 *
 * <p>Keys and values are UTF-8. Every command opens the store, does one thing with {@link
 * Durability#SYNC} and closes it.
 */
@NullMarked
@Command(
    name = "kvs",
    version = "kvs 1.0",
    mixinStandardHelpOptions = true,
    description = "A key-value store that is an append-only log with a hash index.",
    subcommands = {Kvs.Set.class, Kvs.Get.class, Kvs.Rm.class, Kvs.Merge.class, Kvs.Stats.class})
public final class Kvs implements Callable<Integer> {
  private static final String NOT_FOUND = "Key not found";
  private static final int FAILED = 1;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      defaultValue = ".",
      description = "directory of the store; by default the current one")
  private Path directory = Path.of(".");

  @Spec private @Nullable CommandSpec spec;

  /** Runs the command and ends the JVM with its exit code. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Kvs()).execute(args));
  }

  /** Without a subcommand there is nothing to do: usage on stderr. */
  @Override
  public Integer call() {
    CommandLine commandLine = commandLine();
    commandLine.usage(commandLine.getErr());
    return CommandLine.ExitCode.USAGE;
  }

  private CommandLine commandLine() {
    if (spec == null) {
      throw new IllegalStateException("kvs runs under picocli");
    }
    return spec.commandLine();
  }

  /** What a subcommand does with an open store; returns the exit code. */
  private interface Action {
    int run(BitcaskStore store, PrintWriter out, PrintWriter err) throws IOException;
  }

  private int withStore(Action action) {
    PrintWriter out = commandLine().getOut();
    PrintWriter err = commandLine().getErr();
    try (var store = BitcaskStore.open(PosixFs.INSTANCE, directory, oneShot())) {
      report(store, err);
      return action.run(store, out, err);
    } catch (IOException e) {
      err.println("kvs: " + (e instanceof KvException ? e.getMessage() : e.toString()));
      return FAILED;
    } finally {
      out.flush();
      err.flush();
    }
  }

  /** No background thread for a process that lives for one write. */
  private static BitcaskStore.Options oneShot() {
    var usual = BitcaskStore.Options.DEFAULT;
    return new BitcaskStore.Options(usual.segmentBytesMax(), usual.garbageRatioMax(), false);
  }

  private static void report(BitcaskStore store, PrintWriter err) {
    BitcaskStore.TornTail torn = store.tornTail();
    if (torn != null) {
      err.println("kvs: cut " + torn.lostBytes() + " bytes of a torn tail: " + torn.reason());
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Command(name = "set", description = "Set the value of a key.", mixinStandardHelpOptions = true)
  static final class Set implements Callable<Integer> {
    @ParentCommand private Kvs kvs = new Kvs();

    @Parameters(paramLabel = "KEY", description = "the key")
    private String key = "";

    @Parameters(paramLabel = "VALUE", description = "its new value")
    private String value = "";

    @Override
    public Integer call() {
      return kvs.withStore((store, _, _) -> {
        store.put(utf8(key), utf8(value), Durability.SYNC);
        return 0;
      });
    }
  }

  @Command(name = "get", description = "Print a key's value.", mixinStandardHelpOptions = true)
  static final class Get implements Callable<Integer> {
    @ParentCommand private Kvs kvs = new Kvs();

    @Parameters(paramLabel = "KEY", description = "the key")
    private String key = "";

    @Override
    public Integer call() {
      return kvs.withStore((store, out, _) -> {
        byte[] value = store.get(utf8(key));
        out.println(value == null ? NOT_FOUND : new String(value, StandardCharsets.UTF_8));
        return 0;
      });
    }
  }

  @Command(name = "rm", description = "Remove a key.", mixinStandardHelpOptions = true)
  static final class Rm implements Callable<Integer> {
    @ParentCommand private Kvs kvs = new Kvs();

    @Parameters(paramLabel = "KEY", description = "the key")
    private String key = "";

    @Override
    public Integer call() {
      return kvs.withStore((store, _, err) -> {
        if (store.get(utf8(key)) == null) {
          err.println(NOT_FOUND);
          return FAILED;
        }
        store.delete(utf8(key), Durability.SYNC);
        return 0;
      });
    }
  }

  @Command(
      name = "merge",
      description = "Rewrite the log without its garbage.",
      mixinStandardHelpOptions = true)
  static final class Merge implements Callable<Integer> {
    @ParentCommand private Kvs kvs = new Kvs();

    @Override
    public Integer call() {
      return kvs.withStore((store, out, _) -> {
        long before = store.stats().dataBytes();
        store.merge();
        out.println("merged " + before + " bytes into " + store.stats().dataBytes());
        return 0;
      });
    }
  }

  @Command(name = "stats", description = "Print counts.", mixinStandardHelpOptions = true)
  static final class Stats implements Callable<Integer> {
    @ParentCommand private Kvs kvs = new Kvs();

    @Override
    public Integer call() {
      return kvs.withStore((store, out, _) -> {
        BitcaskStore.Stats stats = store.stats();
        line(out, "keys", stats.keys());
        line(out, "files", stats.files());
        line(out, "data bytes", stats.dataBytes());
        line(out, "live bytes", stats.liveBytes());
        line(out, "garbage bytes", stats.dataBytes() - stats.liveBytes());
        line(out, "key directory bytes", stats.keyDirBytes());
        line(out, "hints believed", stats.hintsBelieved());
        return 0;
      });
    }

    private static void line(PrintWriter out, String name, long figure) {
      out.printf(Locale.ROOT, "%-20s %d%n", name, figure);
    }
  }
}
