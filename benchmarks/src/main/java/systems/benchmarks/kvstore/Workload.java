package systems.benchmarks.kvstore;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.benchmarks.figure.Goal;
import systems.benchmarks.figure.Metric;
import systems.benchmarks.figure.Subject;

/**
 * What is measured, in the order in which a round runs it.
 *
 * <p>A workload either begins with an empty directory or runs on the store that another one has
 * left, within the same round and for the same system:
 *
 * <pre>
 *   fillseq     fillsync-1     fillsync-8     (each alone)
 *
 *   fillrandom --> space --> readrandom, readmissing, readseq, readreverse, seekrandom,
 *                  (compacts)  reopen, allocation, readwhilewriting, overwrite, overwrite-paced
 *
 *   log-64mb --> reopen-killed      fillrandom-1k --> space-1k --> readrandom-1k, readseq-1k
 *   (killed)
 * </pre>
 *
 * The ones that change the store come last.
 */
enum Workload implements Subject {
  FILLSEQ(
      "fillseq",
      "puts in key order into an empty store",
      null,
      15,
      Goal.ratio(Metric.RATE, 1.5),
      Goal.ratio(Metric.CPU, 0.8)),
  FILLRANDOM(
      "fillrandom",
      "puts in random order into an empty store",
      null,
      20,
      Goal.ratio(Metric.RATE, 1.5),
      Goal.ratio(Metric.CPU, 0.8)),
  SPACE("space", "bytes on disk after a full compaction", FILLRANDOM, 6, space()),
  READRANDOM(
      "readrandom", "gets of keys that exist, all cached", SPACE, 12, Goal.ratio(Metric.RATE, 1.3)),
  READMISSING(
      "readmissing",
      "gets of keys that lie between existing ones",
      SPACE,
      10,
      Goal.ratio(Metric.RATE, 3)),
  READSEQ("readseq", "entries a second forward", SPACE, 10, Goal.ratio(Metric.RATE, 4)),
  READREVERSE("readreverse", "entries a second backward", SPACE, 10, Goal.ratio(Metric.RATE, 3)),
  SEEKRANDOM("seekrandom", "seek and 10 times next", SPACE, 12, Goal.ratio(Metric.RATE, 1.5)),
  REOPEN("reopen", "open a clean store and get one key", SPACE, 2, Goal.ratio(Metric.TIME, 1)),
  ALLOCATION(
      "allocation",
      "heap bytes of a get into a buffer and of a cursor's next",
      SPACE,
      15,
      Goal.ownZero(Metric.GET_ALLOCATION),
      Goal.ownZero(Metric.NEXT_ALLOCATION),
      Goal.ownZero(Metric.GET_ALLOCATION_JMH),
      Goal.ownZero(Metric.NEXT_ALLOCATION_JMH)),
  READWHILEWRITING(
      "readwhilewriting",
      "one thread gets, one puts, both as fast as they can",
      SPACE,
      18,
      Goal.ratio(Metric.RATE, 1.2),
      Goal.ratio(Metric.WRITE_RATE, 1.2)),
  OVERWRITE(
      "overwrite",
      "puts of existing keys, past many memtables",
      SPACE,
      30,
      Goal.ratio(Metric.RATE, 1),
      Goal.ownZero(Metric.UNEXPLAINED)),
  OVERWRITE_PACED(
      "overwrite-paced",
      "puts of existing keys at a fixed rate, latency from the moment when each was due",
      SPACE,
      25),
  FILLSYNC_1("fillsync-1", "synced puts of one thread", null, 15, Goal.ratio(Metric.RATE, 1)),
  FILLSYNC_8("fillsync-8", "synced puts of eight threads", null, 15, Goal.ratio(Metric.RATE, 1)),
  LOG_64MB("log-64mb", "a store with a full log, killed", null, 5),
  REOPEN_KILLED(
      "reopen-killed",
      "open after a kill with a 64 MB log and get one key",
      LOG_64MB,
      3,
      Goal.ratio(Metric.TIME, 1)),
  FILLRANDOM_1K(
      "fillrandom-1k", "fillrandom with values of 1 KiB", null, 15, Goal.ratio(Metric.RATE, 1)),
  SPACE_1K("space-1k", "space with values of 1 KiB", FILLRANDOM_1K, 5, space()),
  READRANDOM_1K(
      "readrandom-1k",
      "readrandom with values of 1 KiB",
      SPACE_1K,
      12,
      Goal.ratio(Metric.RATE, 1.2)),
  READSEQ_1K(
      "readseq-1k", "readseq with values of 1 KiB", SPACE_1K, 10, Goal.ratio(Metric.RATE, 2));

  private static final int SMALL_VALUE_BYTES = 100;
  private static final int LARGE_VALUE_BYTES = 1024;

  private final String title;
  private final String what;
  private final @Nullable Workload on;
  private final int secondsGuess;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<Goal> goals;

  Workload(String title, String what, @Nullable Workload on, int secondsGuess, Goal... goals) {
    this.title = title;
    this.what = what;
    this.on = on;
    this.secondsGuess = secondsGuess;
    this.goals = List.of(goals);
  }

  private static Goal space() {
    return Goal.ratio(Metric.BYTES, 1.15);
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public String what() {
    return what;
  }

  /** The workload whose store it runs on, or null for an empty directory. */
  @Nullable Workload on() {
    return on;
  }

  /** The workload that made the store it runs on out of nothing. */
  Workload root() {
    return on == null ? this : on.root();
  }

  /** Roughly how long one measurement takes at full scale. */
  int secondsGuess() {
    return secondsGuess;
  }

  @Override
  public String rival() {
    return Contestant.ROCKSDB.title();
  }

  @Override
  public List<Goal> goals() {
    return goals;
  }

  int valueBytes() {
    return switch (root()) {
      case FILLRANDOM_1K -> LARGE_VALUE_BYTES;
      default -> SMALL_VALUE_BYTES;
    };
  }

  /** Whether it is measured in a process that starts as users start it, from an AOT cache. */
  boolean startsFromCache() {
    return this == REOPEN || this == REOPEN_KILLED;
  }

  /** Whether the driver kills the process that runs it, so that there is nothing to report. */
  boolean endsByKill() {
    return this == LOG_64MB;
  }

  /**
   * The workload of a title.
   *
   * @throws IllegalArgumentException if there is none; the message lists them
   */
  static Workload of(String title) {
    return Arrays.stream(values())
        .filter(workload -> workload.title.equals(title))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException("no workload \"" + title + "\"; there are " + titles()));
  }

  private static String titles() {
    return String.join(", ", Arrays.stream(values()).map(Workload::title).toList());
  }
}
