package systems.net.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server that is drained while clients ask without a pause, and its successor at the same
 * address. The clients never repeat a request: each one that gets no whole answer has failed.
 */
final class RollingRestart {
  private static final int CLIENTS = 8;
  private static final int ANSWERS_BEFORE = 200;
  private static final String GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

  private final ServerSettings settings;
  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicInteger ofOld = new AtomicInteger();
  private final AtomicInteger ofNext = new AtomicInteger();
  private final List<String> failed = Collections.synchronizedList(new ArrayList<>());

  private RollingRestart(ServerSettings settings) {
    this.settings = settings.withSharedPort();
  }

  /** What failed. */
  static List<String> once(ServerSettings settings) throws Exception {
    return new RollingRestart(settings).run();
  }

  private List<String> run() throws Exception {
    Server old = Server.start(settings, (request, response) -> response.send("old"));
    // platform threads: the clients must not share carriers with a server of virtual ones
    try (var clients = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      for (int i = 0; i < CLIENTS; i++) {
        clients.submit(() -> ask(old));
      }
      try {
        replace(old, clients);
      } finally {
        stop.set(true); // whatever was thrown: the executor waits for the clients
      }
    } finally {
      old.close();
    }
    return failed;
  }

  private void replace(Server old, ExecutorService clients) throws Exception {
    EngineContract.until("load", () -> ofOld.get() > ANSWERS_BEFORE || !failed.isEmpty());
    try (Server next =
        Server.start(
            settings.withAddress(old.address()), (request, response) -> response.send("next"))) {
      CompletableFuture<Boolean> drained = old.drain(20_000_000_000L);
      if (!Heard.await(drained)) {
        failed.add("not all connections of the old server came to their end");
      }
      assertThat(next.address()).isEqualTo(old.address());
      int before = ofNext.get();
      EngineContract.until("answers of the next", () -> ofNext.get() > before || !failed.isEmpty());
      stop.set(true);
      clients.shutdown(); // the next server stands until the clients have ended
      assertThat(clients.awaitTermination(20, TimeUnit.SECONDS)).as("clients ended").isTrue();
    }
  }

  private void ask(Server server) {
    int asked = 0;
    try {
      while (!stop.get()) {
        try (var client = new RawHttp(server.address(), 0, settings.tls())) {
          for (boolean more = true; more && !stop.get(); asked++) {
            client.send(GET);
            RawHttp.Answer answer = client.read();
            count(answer, asked);
            more = answer.status() == 200 && !answer.head().contains("Connection: close");
          }
        }
      }
    } catch (IOException | RuntimeException broken) {
      failed.add("request " + asked + " of a client: " + broken);
    }
  }

  private void count(RawHttp.Answer answer, int asked) {
    switch (answer.text()) {
      case "old" -> ofOld.incrementAndGet();
      case "next" -> ofNext.incrementAndGet();
      default -> failed.add("request " + asked + " of a client: status " + answer.status());
    }
  }
}
