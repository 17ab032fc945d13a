package systems.net.tool;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import systems.net.client.ClientRequest;
import systems.net.client.ClientResponse;
import systems.net.client.ClientTls;
import systems.net.client.ExchangeException;
import systems.net.client.HttpClient;
import systems.net.client.PoolSettings;
import systems.net.client.Resolver;
import systems.net.engine.Tls;
import systems.net.http.BodyReader;
import systems.net.http.Headers;
import systems.net.http.Status;
import systems.net.loop.EventLoop;

/**
 * Sends one request and writes the body of its answer.
 *
 * <p>The body is written from the loop's thread, which nobody else needs: while standard output
 * does not take it, nothing is read, and the server is stopped by its window.
 */
@Command(
    name = "fetch",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = "Sends one request and writes the body of its answer to standard output.",
    footer = {
      "%nExamples:",
      "  fetch http://127.0.0.1:8080/hello",
      "  fetch -i -d 'a note' http://127.0.0.1:8080/notes",
      "%nFails (1) without a whole answer, and with --fail if its status is 400 or above."
    })
final class FetchCommand implements Callable<Integer> {
  private static final int REDIRECTS_MAX = 10;

  /** The client keeps the deadline itself; this one is for a client that does not. */
  private static final Duration GRACE = Duration.ofSeconds(1);

  @Parameters(paramLabel = "URL", description = "http:// or https://, with a host")
  private String url;

  @Option(
      names = {"-X", "--request"},
      paramLabel = "METHOD",
      description = "GET, or POST if there is a body, unless said")
  private @Nullable String method;

  @Option(
      names = {"-H", "--header"},
      paramLabel = "FIELD",
      description = "a field: 'Name: value'")
  private List<String> fields = new ArrayList<>();

  @Option(
      names = {"-d", "--data"},
      paramLabel = "TEXT",
      description = "the body, or @FILE")
  private @Nullable String data;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "writes the body to FILE")
  private @Nullable Path output;

  @Option(
      names = {"-i", "--include"},
      description = "writes the head too")
  private boolean includesHead;

  @Option(
      names = {"-L", "--location"},
      description = "follows up to 10 redirects")
  private boolean followsRedirects;

  @Option(
      names = {"-f", "--fail"},
      description = "exits with 1 if the status is 400 or above")
  private boolean failsOnStatus;

  @Option(
      names = "--max-time",
      paramLabel = "TIME",
      defaultValue = "120s",
      description = "for everything together (default: ${DEFAULT-VALUE})")
  private Duration maxTime;

  @Option(
      names = "--cacert",
      paramLabel = "FILE",
      description = "PEM certificates to trust, and no others")
  private @Nullable Path trusted;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws Failure, InterruptedException {
    ClientRequest request = request();
    ClientTls tls = tls();
    try (EventLoop loop = EventLoop.start("fetch");
        OutputStream out = open()) {
      int status = fetch(loop, tls, request, out);
      out.flush();
      return failsOnStatus && status >= 400 ? failed(status) : 0;
    } catch (IOException full) {
      String where = output == null ? "standard output" : output.toString();
      throw new Failure("cannot write to " + where + ": " + full.getMessage());
    }
  }

  private int failed(int status) throws Failure {
    throw new Failure(url + " answers " + status + " " + Status.reason(status));
  }

  private ClientRequest request() throws Failure {
    byte[] body = data == null ? null : body(data);
    String verb = method != null ? method : body == null ? "GET" : "POST";
    try {
      var request = ClientRequest.of(verb, url).within(maxTime.toNanos());
      for (String field : fields) {
        int colon = field.indexOf(':');
        if (colon < 1) {
          throw new IllegalArgumentException("not a field like 'Name: value': " + field);
        }
        request.header(field.substring(0, colon), field.substring(colon + 1).strip());
      }
      if (body != null) {
        request.body(body);
        if (!request.headers().contains("Content-Type")) {
          request.header("Content-Type", "application/x-www-form-urlencoded");
        }
      }
      return followsRedirects ? request.redirects(REDIRECTS_MAX) : request;
    } catch (IllegalArgumentException wrong) {
      throw new ParameterException(spec.commandLine(), String.valueOf(wrong.getMessage()));
    }
  }

  private static byte[] body(String text) throws Failure {
    if (!text.startsWith("@")) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    try {
      return Files.readAllBytes(Path.of(text.substring(1)));
    } catch (IOException unreadable) {
      throw new Failure("cannot read the body: " + unreadable.getMessage());
    }
  }

  private ClientTls tls() throws Failure {
    try {
      return ClientTls.of(trusted == null ? Tls.client() : Tls.trusting(trusted));
    } catch (IOException unusable) {
      throw new Failure("cannot use the certificates: " + unusable.getMessage());
    }
  }

  private OutputStream open() throws IOException {
    return output == null ? new StandardOutput() : Files.newOutputStream(output);
  }

  /** Returns the status when the answer is whole. */
  private int fetch(EventLoop loop, ClientTls tls, ClientRequest request, OutputStream out)
      throws Failure, InterruptedException {
    var done = new CompletableFuture<Integer>();
    loop.execute(() -> {
      try {
        send(loop, tls, request, out, done);
      } catch (RuntimeException mistake) {
        done.completeExceptionally(mistake); // of this program; nobody else would tell
      }
    });
    try {
      return done.get(maxTime.plus(GRACE).toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException failed) {
      throw new Failure(url + ": " + reason(Failure.cause(failed)));
    } catch (TimeoutException stuck) {
      throw new Failure(url + ": nothing has come of it within " + maxTime.toMillis() + " ms");
    }
  }

  private void send(
      EventLoop loop,
      ClientTls tls,
      ClientRequest request,
      OutputStream out,
      CompletableFuture<Integer> done) {
    var client = new HttpClient(loop, loop, PoolSettings.USUAL, Resolver.system(), tls);
    var unused =
        client
            .send(request)
            .whenDone((response, failure) -> {
              if (response == null) {
                done.completeExceptionally(failure);
              } else {
                receive(response, out, done);
              }
            });
    assert unused != null;
  }

  private void receive(ClientResponse response, OutputStream out, CompletableFuture<Integer> done) {
    if (includesHead) {
      String line = "HTTP/1.1 " + response.status() + " " + Status.reason(response.status());
      String head = line + "\r\n" + response.headers() + "\r\n";
      write(head.getBytes(StandardCharsets.ISO_8859_1), 0, head.length(), out, done);
    }
    response.readBody(
        new BodyReader() {
          @Override
          public void data(byte[] bytes, int from, int to) {
            if (!write(bytes, from, to, out, done)) {
              response.abort();
            }
          }

          @Override
          public void end(Headers trailers) {
            done.complete(response.status());
          }

          @Override
          public void failed(@Nullable Throwable cause) {
            done.completeExceptionally(cause == null ? new IOException("it broke off") : cause);
          }
        });
  }

  private static boolean write(
      byte[] bytes, int from, int to, OutputStream out, CompletableFuture<Integer> done) {
    try {
      out.write(bytes, from, to - from);
      return true;
    } catch (IOException full) {
      done.completeExceptionally(full);
      return false;
    }
  }

  private static String reason(Throwable cause) {
    if (!(cause instanceof ExchangeException exchange)) {
      return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }
    boolean isDistrusted = exchange.getCause() instanceof SSLException;
    String advice =
        switch (exchange.reason()) {
          case CONNECT ->
              isDistrusted
                  ? "whom to trust can be said with --cacert"
                  : "is a server there, and is it the right port?";
          case TIMEOUT, DEADLINE -> "a longer --max-time would wait for it";
          case NO_RESPONSE, BROKEN -> "the server's log may say why it ended the connection";
          case MALFORMED -> "what answers there speaks no HTTP/1.1 that may be trusted";
          case POOL_FULL, POOL_TIMEOUT, ABORTED -> "";
        };
    String why = exchange.getCause() == null ? "" : " (" + exchange.getCause().getMessage() + ")";
    return exchange.getMessage() + why + (advice.isEmpty() ? "" : "; " + advice);
  }

  /** Standard output as bytes; a close leaves it open for whoever runs this. */
  private static final class StandardOutput extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      System.out.write(bytes, from, count);
      if (System.out.checkError()) {
        throw new IOException("nobody reads it");
      }
    }
  }
}
