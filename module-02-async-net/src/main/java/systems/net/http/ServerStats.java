package systems.net.http;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What servers count: requests, answers, each limit and each timeout that somebody ran into.
 *
 * <p>Made by {@link #ServerStats()}, the counters belong to one loop, which alone writes: an opaque
 * store costs what a plain one costs, each becomes visible in the end and none is torn. Made by
 * {@link #shared()}, any thread may count, for atomic additions. Either may be read by anybody: a
 * snapshot's numbers may stem from different moments. A server with many loops has one of these for
 * each, and adds up the snapshots.
 */
public final class ServerStats {
  /** What is counted, in the order of {@link Snapshot}. */
  static final class Count {
    static final int CONNECTIONS = 0;
    static final int OPEN = 1;
    static final int ACTIVE = 2;
    static final int REQUESTS = 3;
    static final int INFORMATIONAL = 4;
    static final int SUCCESSES = 5;
    static final int REDIRECTS = 6;
    static final int CLIENT_ERRORS = 7;
    static final int SERVER_ERRORS = 8;
    static final int MALFORMED = 9;
    static final int REQUEST_LINE_TOO_LONG = 10;
    static final int HEADERS_TOO_LARGE = 11;
    static final int BODY_TOO_LARGE = 12;
    static final int TRAILERS_TOO_LARGE = 13;
    static final int REQUESTS_PER_CONNECTION = 14;
    static final int UNREAD_BODY_TOO_LARGE = 15;
    static final int HEADER_TIMEOUTS = 16;
    static final int BODY_TIMEOUTS = 17;
    static final int IDLE_TIMEOUTS = 18;
    static final int WRITE_TIMEOUTS = 19;
    static final int BYTES_IN = 20;
    static final int BYTES_OUT = 21;
    static final int ABORTED = 22;
    static final int HANDLER_FAILURES = 23;
    private static final int ALL = 24;

    private Count() {}
  }

  /**
   * The counters at some moment.
   *
   * @param connections that were begun
   * @param open connections that stand now
   * @param active exchanges that are going on now
   * @param requests whose head was whole and right
   * @param informational answers 100 and 101
   * @param successes answers 2xx
   * @param redirects answers 3xx
   * @param clientErrors answers 4xx, those to malformed requests among them
   * @param serverErrors answers 5xx
   * @param malformed requests that the grammar refused
   * @param requestLineTooLong limit {@link Limits#requestLineBytes}
   * @param headersTooLarge limits {@link Limits#headerBytes} and {@link Limits#headerCount}
   * @param bodyTooLarge limit {@link Limits#bodyBytes}, or what a handler was ready to hold
   * @param trailersTooLarge limit {@link Limits#trailerBytes}
   * @param requestsPerConnection limit {@link Limits#requestsPerConnection}
   * @param unreadBodyTooLarge limit {@link Limits#drainBytes}
   * @param headerTimeouts see {@link Timeouts#headerNanos}
   * @param bodyTimeouts see {@link Timeouts#bodyNanos}
   * @param idleTimeouts see {@link Timeouts#idleNanos}
   * @param writeTimeouts see {@link Timeouts#writeNanos}
   * @param bytesIn bytes of messages that were taken
   * @param bytesOut bytes of messages that were handed to the transport
   * @param aborted exchanges that did not come to their end
   * @param handlerFailures exceptions that handlers threw
   */
  public record Snapshot(
      long connections,
      long open,
      long active,
      long requests,
      long informational,
      long successes,
      long redirects,
      long clientErrors,
      long serverErrors,
      long malformed,
      long requestLineTooLong,
      long headersTooLarge,
      long bodyTooLarge,
      long trailersTooLarge,
      long requestsPerConnection,
      long unreadBodyTooLarge,
      long headerTimeouts,
      long bodyTimeouts,
      long idleTimeouts,
      long writeTimeouts,
      long bytesIn,
      long bytesOut,
      long aborted,
      long handlerFailures) {
    public static final Snapshot NONE = of(new long[Count.ALL]);

    static Snapshot of(long[] n) {
      return new Snapshot(
          n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7], n[8], n[9], n[10], n[11], n[12], n[13],
          n[14], n[15], n[16], n[17], n[18], n[19], n[20], n[21], n[22], n[23]);
    }

    /** In the order of {@link Count}. */
    private long[] all() {
      return new long[] {
        connections,
        open,
        active,
        requests,
        informational,
        successes,
        redirects,
        clientErrors,
        serverErrors,
        malformed,
        requestLineTooLong,
        headersTooLarge,
        bodyTooLarge,
        trailersTooLarge,
        requestsPerConnection,
        unreadBodyTooLarge,
        headerTimeouts,
        bodyTimeouts,
        idleTimeouts,
        writeTimeouts,
        bytesIn,
        bytesOut,
        aborted,
        handlerFailures
      };
    }

    /** The sum, counter by counter. */
    public Snapshot plus(Snapshot other) {
      long[] sum = all();
      long[] more = other.all();
      for (int i = 0; i < sum.length; i++) {
        sum[i] += more[i];
      }
      return of(sum);
    }

    /** Final answers of every class. */
    public long responses() {
      return successes + redirects + clientErrors + serverErrors;
    }
  }

  private static final VarHandle COUNTS = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] counts = new long[Count.ALL];
  private final boolean shared;

  /** For one writer. */
  public ServerStats() {
    this(false);
  }

  private ServerStats(boolean shared) {
    this.shared = shared;
  }

  /** For many writers. */
  public static ServerStats shared() {
    return new ServerStats(true);
  }

  void add(int what, long n) {
    assert what >= 0 && what < counts.length : what;
    if (shared) {
      COUNTS.getAndAdd(counts, what, n);
    } else {
      COUNTS.setOpaque(counts, what, counts[what] + n);
    }
  }

  /** Counts a final answer or an informational one, by its class. */
  void addResponse(int status) {
    assert status >= 100 && status <= 599 : status;
    add(
        switch (status / 100) {
          case 1 -> Count.INFORMATIONAL;
          case 2 -> Count.SUCCESSES;
          case 3 -> Count.REDIRECTS;
          case 4 -> Count.CLIENT_ERRORS;
          default -> Count.SERVER_ERRORS;
        },
        1);
  }

  public Snapshot snapshot() {
    var now = new long[counts.length];
    for (int i = 0; i < now.length; i++) {
      now[i] = (long) COUNTS.getOpaque(counts, i);
    }
    return Snapshot.of(now);
  }
}
