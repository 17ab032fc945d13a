package systems.net.tool;

import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import systems.net.http.BadMessage;
import systems.net.http.BodyDecoder;
import systems.net.http.Limits;
import systems.net.http.ResponseParser;
import systems.net.loop.EventLoop;
import systems.net.loop.LoopGroup;
import systems.net.loop.Protocol;
import systems.net.loop.Transport;
import systems.net.observe.Histogram;

/**
 * Sends one request again and again over many connections and measures how long the answers take.
 *
 * <pre>
 *   closed loop     each connection asks as soon as it is answered:
 *                   a server that stalls for a second is asked nothing meanwhile
 *
 *   fixed rate      due   |  .  .  .  .  .  .  .  .  .  .
 *                   free connection: asked when due, measured from the question
 *                   none free:       the due time waits in the backlog, measured from the due time
 * </pre>
 *
 * <p>That second way is what users do: they come whether the server has time or not. A closed loop
 * leaves out exactly the requests that a stall would have hurt, and its percentiles look better the
 * longer the stall is ("coordinated omission", Gil Tene). A tick of the loop's timer, a
 * millisecond, is the generator's and not the server's; so a request whose connection is free is
 * measured from when it is sent.
 *
 * <p>Each loop has its connections, its share of the rate and its counts; nobody else touches them,
 * and a report is made of copies. A connection that ends is made anew, after a pause if it failed.
 */
final class Load implements AutoCloseable {
  /** What may become of a request that is not answered as it should be. */
  enum Trouble {
    CONNECT,
    BROKEN,
    TIMEOUT,
    MALFORMED,
    /** An answer with a status of 500 or above. */
    STATUS_5XX,
    /** An answer with a status from 300 to 499. */
    STATUS_3XX_4XX,
    /** More requests were due than the backlog holds. */
    NOT_SENT
  }

  /**
   * What is to be done.
   *
   * @param request as bytes; none that expects a body
   * @param pipeline requests on a connection at a time
   * @param ratePerSecond of all connections together; 0 for a closed loop
   */
  record Plan(
      InetSocketAddress address,
      byte[] request,
      String method,
      int connections,
      int pipeline,
      double ratePerSecond,
      long timeoutNanos) {}

  /** What has happened. Times are nanoseconds. */
  static final class Report {
    final Histogram times = new Histogram();
    final Map<Trouble, Long> troubles = new EnumMap<>(Trouble.class);
    long answers;
    long bytes;

    void add(Report other) {
      times.add(other.times);
      other.troubles.forEach((trouble, count) -> troubles.merge(trouble, count, Long::sum));
      answers += other.answers;
      bytes += other.bytes;
    }

    long troubled() {
      return troubles.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  private static final int BACKLOG_MAX = 1 << 20;
  private static final long CONNECT_NANOS = 5_000_000_000L;
  private static final long PAUSE_NANOS = 50_000_000L;
  private static final long TICK_NANOS = 1_000_000L;
  private static final long ANSWER_MILLIS = 10_000;
  private static final Limits LIMITS =
      new Limits(64 << 10, 64 << 10, 200, Long.MAX_VALUE, 64 << 10, 0, Integer.MAX_VALUE);

  private final LoopGroup group;
  private final List<Part> parts = new ArrayList<>();
  private volatile boolean ending;

  private Load(LoopGroup group) {
    this.group = group;
  }

  /** Begins on so many loops. */
  static Load start(Plan plan, int loops) {
    int used = Math.min(loops, plan.connections);
    var load = new Load(LoopGroup.start(used, "load"));
    for (int i = 0; i < used; i++) {
      int connections = (plan.connections + i) / used; // the sum over i is all of them
      double rate = plan.ratePerSecond / used;
      Part part = load.new Part(load.group.loops().get(i), plan, connections, rate);
      load.parts.add(part);
      part.loop.execute(part::begin);
    }
    return load;
  }

  /** What has happened since the last call. */
  Report take() throws InterruptedException {
    var all = new Report();
    for (Part part : parts) {
      var taken = new CompletableFuture<Report>();
      part.loop.execute(() -> taken.complete(part.take()));
      try {
        all.add(taken.get(ANSWER_MILLIS, TimeUnit.MILLISECONDS));
      } catch (ExecutionException | TimeoutException stuck) {
        throw new IllegalStateException("a loop of the load generator does not answer", stuck);
      }
    }
    return all;
  }

  @Override
  public void close() {
    ending = true;
    group.close();
  }

  /** One loop's share. */
  private final class Part {
    private final EventLoop loop;
    private final Plan plan;
    private final int connections;
    private final long intervalNanos;
    private final ArrayDeque<Connection> free = new ArrayDeque<>();
    private final ArrayDeque<Long> backlog = new ArrayDeque<>();
    private Report report = new Report();
    private long nextNanos;

    Part(EventLoop loop, Plan plan, int connections, double rate) {
      this.loop = loop;
      this.plan = plan;
      this.connections = connections;
      this.intervalNanos = rate > 0 ? (long) (1e9 / rate) : 0;
    }

    private boolean isClosedLoop() {
      return intervalNanos == 0;
    }

    private void begin() {
      nextNanos = System.nanoTime();
      for (int i = 0; i < connections; i++) {
        connect();
      }
      if (!isClosedLoop()) {
        tick();
      }
    }

    private void connect() {
      if (!ending) {
        loop.connect(plan.address, CONNECT_NANOS, new Connection(this));
      }
    }

    private void connectLater() {
      if (!ending) {
        var unused = loop.schedule(PAUSE_NANOS, this::connect);
        assert unused != null;
      }
    }

    /** Sends what is due, or lets it wait. */
    private void tick() {
      long now = System.nanoTime();
      for (; nextNanos - now <= 0; nextNanos += intervalNanos) {
        Connection connection = free.poll();
        if (connection != null) {
          connection.send(now);
          connection.flush();
        } else if (backlog.size() < BACKLOG_MAX) {
          backlog.add(nextNanos);
        } else {
          trouble(Trouble.NOT_SENT, 1);
        }
      }
      var unused = loop.schedule(TICK_NANOS, this::tick);
      assert unused != null;
    }

    private void trouble(Trouble what, long count) {
      report.troubles.merge(what, count, Long::sum);
    }

    private Report take() {
      Report taken = report;
      report = new Report();
      return taken;
    }
  }

  /** One connection: requests out, answers in, in their order. */
  private static final class Connection implements Protocol {
    private final Part part;
    private final ResponseParser parser = new ResponseParser(LIMITS);
    private final BodyDecoder body = new BodyDecoder(LIMITS);
    private final ArrayDeque<Long> asked = new ArrayDeque<>();
    private @Nullable Transport transport;
    private boolean inBody;
    private boolean ends;
    private boolean isFree;
    private boolean wasAnswered;

    Connection(Part part) {
      this.part = part;
    }

    @Override
    public void connected(Transport newTransport) {
      transport = newTransport;
      goOn();
    }

    private Transport transport() {
      if (transport == null) {
        throw new IllegalStateException("not connected");
      }
      return transport;
    }

    private void send(long sinceNanos) {
      isFree = false;
      asked.add(sinceNanos);
      transport().write(part.plan.request, 0, part.plan.request.length);
      offer();
    }

    private void flush() {
      transport().flush();
      transport().wakeAt(part.loop.nanoTime() + part.plan.timeoutNanos);
    }

    /** Asks as much as may be asked now. */
    private void goOn() {
      long now = System.nanoTime();
      boolean wrote = false;
      while (asked.size() < part.plan.pipeline && !ends) {
        Long due = part.isClosedLoop() ? Long.valueOf(now) : part.backlog.poll();
        if (due == null) {
          break;
        }
        send(due); //~ phase 7 measuresFromTheQuestion: send(now);
        wrote = true;
      }
      if (wrote) {
        flush();
      } else if (asked.isEmpty()) {
        transport().wakeAt(Long.MAX_VALUE);
      }
      offer();
    }

    /** Lets the loop know that one more request may be sent here. */
    private void offer() {
      if (!isFree && !ends && asked.size() < part.plan.pipeline && !part.isClosedLoop()) {
        isFree = true;
        part.free.add(this);
      }
    }

    @Override
    public int receive(byte[] bytes, int from, int to) {
      int at = from;
      try {
        int before;
        do {
          before = at;
          at = inBody ? readBody(bytes, at, to) : readHead(bytes, at, to);
        } while (at > before && at < to);
      } catch (BadMessage malformed) {
        part.trouble(Trouble.MALFORMED, Math.max(1, asked.size()));
        asked.clear();
        transport().abort();
        return to - from;
      }
      part.report.bytes += at - from;
      if (ends) {
        transport().abort();
      } else {
        goOn();
      }
      return at - from;
    }

    private int readHead(byte[] bytes, int from, int to) throws BadMessage {
      int end = parser.parse(bytes, from, to);
      if (end < 0) {
        return from;
      }
      if (parser.status() >= 200) {
        parser.frame(body, part.plan.method);
        inBody = true;
        endIfDone();
      }
      return end;
    }

    private int readBody(byte[] bytes, int from, int to) throws BadMessage {
      int at = body.decode(bytes, from, to);
      endIfDone();
      return at;
    }

    private void endIfDone() throws BadMessage {
      if (!body.isDone()) {
        return;
      }
      inBody = false;
      Long since = asked.poll();
      if (since == null) {
        throw new BadMessage(400, "an answer that nobody has asked for");
      }
      part.report.times.record(System.nanoTime() - since);
      part.report.answers++;
      wasAnswered = true;
      int status = parser.status();
      if (status >= 300) {
        part.trouble(status >= 500 ? Trouble.STATUS_5XX : Trouble.STATUS_3XX_4XX, 1);
      }
      ends |= !parser.persists();
    }

    @Override
    public void inputEnded() {
      if (inBody) {
        try {
          body.inputEnded();
          endIfDone();
        } catch (BadMessage cut) {
          assert !asked.isEmpty() : "counted when it is closed";
        }
      }
      transport().abort();
    }

    @Override
    public void writable() {}

    @Override
    public void wake(long nowNanos) {
      if (!asked.isEmpty()) {
        part.trouble(Trouble.TIMEOUT, asked.size());
        asked.clear();
        transport().abort();
      }
    }

    @Override
    public void closed(@Nullable Throwable cause) {
      part.free.remove(this);
      boolean neverStood = transport == null;
      if (neverStood) {
        part.trouble(Trouble.CONNECT, 1);
      } else if (!asked.isEmpty()) {
        part.trouble(Trouble.BROKEN, asked.size());
      }
      boolean failed = !wasAnswered || !asked.isEmpty();
      ends = true;
      if (failed) {
        part.connectLater();
      } else {
        part.connect();
      }
    }
  }
}
