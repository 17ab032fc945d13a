package systems.benchmarks.asyncnet;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.WebServer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;

/**
 * Helidon 4 SE: a virtual thread for each connection, blocking, as ours. It checks request headers
 * too.
 *
 * <p>Tried and slower: writes through a queue ({@code writeQueueLength(8192)} with {@code
 * smartAsyncWrites}), by a third to a half on two cores. No difference: without the check of
 * headers.
 */
final class HelidonServer {
  private static final byte[] BODY = Client.BODY.getBytes(StandardCharsets.US_ASCII);

  private HelidonServer() {}

  public static void main(String[] arguments) throws InterruptedException {
    WebServer server =
        WebServer.builder()
            .host("127.0.0.1")
            .port(0)
            .backlog(1024)
            .routing(routing ->
                routing.get(
                    Client.PATH,
                    (request, response) ->
                        response.header(HeaderNames.CONTENT_TYPE, "text/plain").send(BODY)))
            .build()
            .start();
    System.out.println("listening on http://127.0.0.1:" + server.port());
    new CountDownLatch(1).await();
  }
}
