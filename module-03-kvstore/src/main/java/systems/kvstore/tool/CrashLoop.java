package systems.kvstore.tool;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import systems.kvstore.Durability;
import systems.kvstore.WriteBatch;

/**
 * A writer that is killed with SIGKILL again and again, and the question after each kill: is every
 * write there that was acknowledged?
 *
 * <pre>
 *   this process                              child: crashloop-writer
 *   ------------                              -----------------------
 *   start  --------------------------------&gt;  open the store (recover)
 *                                             write batch, commit          (survives kill -9)
 *   acknowledged = n  &lt;------- stdout -------  n, the number of writes so far
 *   ... some hundred milliseconds ...         write batch, commit ...
 *   kill -9  ------------------------------&gt;  gone, in the middle of whatever it did
 *   n to the file DIR.acknowledged
 *   open the store read-only and compare it with the model
 * </pre>
 *
 * <p>Write number i (from 1) is a function of i and the seed: it puts or removes one of a fixed
 * number of keys. So the model needs no memory of what was done, only how much: it replays the
 * writes up to a number. The store keeps that number itself, under a key of its own that every
 * batch sets.
 *
 * <ol>
 *   <li>Nothing acknowledged is lost: the number in the store is at least the one acknowledged.
 *   <li>Nothing is made up: it is at most one batch more. A pipe's content outlives the writer, so
 *       what was acknowledged is known exactly.
 *   <li>A batch is whole, and nothing comes back from the dead: all keys and values are those of
 *       the model at that number, no more and no less.
 * </ol>
 *
 * <p>The comparison opens the store read-only, so that recovery itself is done by the next child
 * and is killed at times too.
 */
@Command(
    name = "crashloop",
    description = "Kills a writer with SIGKILL again and again and checks what is left.")
final class CrashLoop implements Callable<Integer> {
  private static final int MILLIS_TO_KILL_MIN = 50;

  /** One writer in so many is killed at a moment at which it may still be starting. */
  private static final int EARLY_ONE_IN = 4;

  private static final int EARLY_MILLIS_MIN = 100;
  private static final int EARLY_MILLIS_MAX = 500;

  @Mixin private CrashWork work = new CrashWork();

  @Option(names = "--seconds", paramLabel = "N", description = "stop after (default: no limit)")
  private int secondsMax = Integer.MAX_VALUE;

  @Option(names = "--kills", paramLabel = "N", description = "stop after (default: 10)")
  private int kills;

  @Option(
      names = "--interval",
      paramLabel = "MILLIS",
      defaultValue = "800",
      description = "longest life of a writer after its first write (default: 800)")
  private int lifeMillisMax;

  private final Terminal terminal;
  private int drawnLines;

  CrashLoop(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (kills < 0 || secondsMax < 1 || lifeMillisMax < MILLIS_TO_KILL_MIN) {
      throw new IllegalArgumentException(
          "--kills must be 0 or more, --seconds 1 or more, --interval %d or more"
              .formatted(MILLIS_TO_KILL_MIN));
    }
    int killsMax = kills > 0 ? kills : secondsMax < Integer.MAX_VALUE ? Integer.MAX_VALUE : 10;
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(secondsMax);
    var model = new CrashWork.Model(work);
    long acknowledged = readAcknowledged();
    var random = new Random(work.seed());
    int done = 0;
    while (done < killsMax && System.nanoTime() < deadline) {
      var life = Life.run(work, Life.Doom.draw(random, lifeMillisMax));
      acknowledged = Math.max(acknowledged, life.acknowledged());
      writeAcknowledged(acknowledged);
      done++;
      acknowledged = report(done, life, acknowledged, model);
      writeAcknowledged(acknowledged);
    }
    terminal.line("%d kills, %,d writes acknowledged, none lost", done, acknowledged);
    return Main.DONE;
  }

  /** Compares and says so; what was found once must be found from then on. */
  private long report(int kill, Life life, long acknowledged, CrashWork.Model model)
      throws IOException {
    long start = System.nanoTime();
    try (var store = work.openReadOnly()) {
      long openMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
      long found = model.compare(store, acknowledged);
      undraw();
      terminal.line(
          "kill -9 no. %d after %d ms: %,d writes acknowledged, %,d found, 0 lost"
              + " (reopened in %d ms)",
          kill, life.millis(), acknowledged, found, openMillis);
      draw(Levels.picture(store.tables()));
      return found;
    }
  }

  /** Prints the picture of the levels; on a screen, only the newest one stays. */
  private void draw(List<String> picture) throws IOException {
    for (String line : picture) {
      terminal.line("  " + line);
    }
    drawnLines = terminal.screen() ? picture.size() : 0;
    terminal.flush();
  }

  private void undraw() throws IOException {
    if (drawnLines > 0) {
      terminal.print("\033[" + drawnLines + "A\033[J");
      drawnLines = 0;
    }
  }

  private Path acknowledgedFile() {
    Path directory = work.directory().toAbsolutePath().normalize();
    return directory.resolveSibling(directory.getFileName() + ".acknowledged");
  }

  private long readAcknowledged() throws IOException {
    Path file = acknowledgedFile();
    if (!Files.exists(file)) {
      if (Files.exists(work.directory().resolve("CURRENT"))) {
        throw new Failure(work.directory() + " is a store that crashloop did not make");
      }
      return 0;
    }
    String text = Files.readString(file).strip();
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new Failure(file + ": expected a number, found '" + text + "'");
    }
  }

  private void writeAcknowledged(long count) throws IOException {
    Path draft = acknowledgedFile().resolveSibling(acknowledgedFile().getFileName() + ".draft");
    Files.writeString(draft, count + "\n");
    Files.move(draft, acknowledgedFile(), StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * One writer from start to kill.
   *
   * @param acknowledged the last number that it sent, 0 if it was killed before it could
   */
  private record Life(long acknowledged, long millis) {
    private static final int KILLED_EXIT_CODE = 128 + 9;

    /** When the writer is killed: counted from its start, while it may still recover, or later. */
    private record Doom(boolean fromStart, int millis) {
      static Doom draw(Random random, int millisMax) {
        return random.nextInt(EARLY_ONE_IN) == 0
            ? new Doom(true, random.nextInt(EARLY_MILLIS_MIN, EARLY_MILLIS_MAX))
            : new Doom(false, random.nextInt(MILLIS_TO_KILL_MIN, millisMax + 1));
      }
    }

    static Life run(CrashWork work, Doom doom) throws IOException, InterruptedException {
      long start = System.nanoTime();
      var child = start(work);
      try (var acknowledgements = new DataInputStream(child.getInputStream())) {
        if (doom.fromStart()) {
          killLater(child, doom.millis());
        }
        long last = next(acknowledgements);
        if (last >= 0 && !doom.fromStart()) {
          killLater(child, doom.millis());
        }
        for (long n = last; n >= 0; n = next(acknowledgements)) {
          last = n;
        }
        int code = child.waitFor();
        if (code != KILLED_EXIT_CODE) {
          throw new Failure("the writer ended by itself with exit code " + code);
        }
        return new Life(
            Math.max(0, last), TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
      } finally {
        child.destroyForcibly();
      }
    }

    private static Process start(CrashWork work) throws IOException {
      var command = new ArrayList<String>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("--enable-native-access=ALL-UNNAMED");
      command.add("-XX:+UseSerialGC");
      command.add("-cp");
      command.add(System.getProperty("java.class.path"));
      command.add(Main.class.getName());
      command.addAll(work.arguments());
      return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private static void killLater(Process child, int millis) {
      Thread.ofVirtual().start(() -> kill(child, millis));
    }

    private static void kill(Process child, int millis) {
      try {
        child.waitFor(millis, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        // Process.destroyForcibly would close the pipe too, with acknowledgements still in it
        child.toHandle().destroyForcibly();
      }
    }

    /** The next acknowledgement; -1 when the pipe has ended, also inside a number. */
    private static long next(DataInputStream acknowledgements) throws IOException {
      try {
        return acknowledgements.readLong();
      } catch (EOFException e) {
        return -1;
      }
    }
  }

  /** The child: writes until it is killed, and says after each batch how far it is. */
  @Command(name = Writer.NAME, hidden = true, description = "The writer that crashloop kills.")
  static final class Writer implements Callable<Integer> {
    static final String NAME = "crashloop-writer";

    @Mixin private CrashWork work = new CrashWork();

    @Override
    public Integer call() throws IOException {
      try (var store = work.open();
          var out = new DataOutputStream(new FileOutputStream(FileDescriptor.out))) {
        var batch = new WriteBatch();
        for (long count = work.count(store); ; ) {
          count += work.batchWrites();
          work.fill(batch, count);
          store.write(batch, Durability.BUFFERED);
          out.writeLong(count);
        }
      }
    }
  }
}
