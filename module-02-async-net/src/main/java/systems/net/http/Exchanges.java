package systems.net.http;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the HTTP connections of a loop share: requests and responses that are not in use, the array
 * for output, and the date.
 *
 * <pre>
 *   10,000 connections that wait      [conn] [conn] [conn] ...       a few hundred bytes each
 *
 *                                       takes when a head is whole
 *   free   [exchange] [exchange]  &lt;---------------------------------&gt;
 *                                       gives back when the answer has ended
 * </pre>
 *
 * <p>A handler that answers at once needs one exchange for the whole loop. So the memory for
 * requests follows the number of those that are being answered, not of those who are connected.
 *
 * <p>The date is made once a second: while less than the rest of the second has passed on the
 * loop's clock, the same bytes serve. That clock is read once a turn anyway.
 *
 * <p>Belongs to one loop, as all that uses it.
 */
public final class Exchanges {
  private static final int FREE_MAX = 256;

  /** Exchanges that have grown beyond are left to the garbage collector. */
  private static final int KEPT_BYTES_MAX = 16 << 10;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final byte[] DATE_FIELD = "Date: ".getBytes(StandardCharsets.US_ASCII);

  /** Bytes of a Date field with the end of its line. */
  static final int DATE_BYTES = 6 + HttpDate.LENGTH + 2;

  final Output output = new Output();

  private final InstantSource clock;
  private final Consumer<Throwable> failures;
  private final ArrayDeque<Exchange> free = new ArrayDeque<>();
  private final byte[] date = new byte[DATE_BYTES];
  private @Nullable Limits limitsOfAll;
  private long dateNanos;
  private long dateLastsNanos = Long.MIN_VALUE;

  /** A request with its answer. */
  static final class Exchange {
    final Request request = new Request();
    final Response response = new Response();
    final BodyDecoder body;
    @Nullable BodyReader reader;

    Exchange(Limits limits) {
      body = new BodyDecoder(limits);
    }
  }

  /**
   * @param clock tells the date
   */
  public Exchanges(InstantSource clock) {
    this(clock, failure -> {});
  }

  /**
   * @param clock tells the date
   * @param failures is told what handlers throw, after it was answered
   */
  public Exchanges(InstantSource clock, Consumer<Throwable> failures) {
    this.clock = clock;
    this.failures = failures;
  }

  /** All connections that share this have the same limits. */
  Exchange take(Limits limits) {
    assert limitsOfAll == null || limitsOfAll.equals(limits) : "connections with other limits";
    limitsOfAll = limits;
    Exchange exchange = free.pollLast();
    return exchange == null ? new Exchange(limits) : exchange;
  }

  void give(Exchange exchange) {
    exchange.reader = null;
    exchange.request.end();
    exchange.response.clear();
    boolean isSmall =
        exchange.request.headers.capacity() + exchange.response.capacity() <= KEPT_BYTES_MAX;
    if (isSmall && free.size() < FREE_MAX) {
      free.addLast(exchange);
    }
  }

  void failed(Throwable thrown) {
    failures.accept(thrown);
  }

  /** Writes the Date field; returns up to where. */
  int putDate(byte[] into, int at, long nowNanos) {
    //> phase 5: how often in a second do you have to ask the clock?
    if (nowNanos - dateNanos >= dateLastsNanos) { //~ dateStandsStill: if (dateLastsNanos < 0) {
      Instant now = clock.instant();
      dateNanos = nowNanos;
      dateLastsNanos = NANOS_PER_SECOND - now.getNano();
      System.arraycopy(DATE_FIELD, 0, date, 0, DATE_FIELD.length);
      int end = HttpDate.format(now.getEpochSecond(), date, DATE_FIELD.length);
      date[end] = Octets.CR;
      date[end + 1] = Octets.LF;
    }
    System.arraycopy(date, 0, into, at, DATE_BYTES);
    return at + DATE_BYTES;
    //< phase 5
  }
}
