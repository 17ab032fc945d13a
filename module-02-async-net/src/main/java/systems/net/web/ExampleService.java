package systems.net.web;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import systems.net.http.BodyReader;
import systems.net.http.Handler;
import systems.net.http.Headers;
import systems.net.http.Method;
import systems.net.http.Request;
import systems.net.http.Response;
import systems.net.loop.Timer;

/**
 * A small service that uses all that this package has.
 *
 * <pre>
 *   GET  /                     this table
 *   GET  /hello                thirteen bytes
 *   POST /echo                 the body comes back while it arrives
 *   GET  /stream?chunks=N      N chunks of a kilobyte; without N, endlessly
 *   GET  /slow?ms=N            an answer after N milliseconds
 *   GET  /notes?from=ID        notes as JSON; POST adds one
 *   GET  /notes/{id}           one note; PUT (If-Match) replaces, DELETE removes
 *   GET  /files/...            files, if there is a directory
 *   GET  /ws                   a chat room, over WebSocket
 *   GET  /metrics              for Prometheus
 * </pre>
 *
 * <p>The same object may serve any number of loops.
 */
public final class ExampleService implements Handler {
  /**
   * The service; everything it serves but the files is in memory.
   *
   * @param files directory for /files; null for none
   * @param origins whose pages may enter the chat room; null is asked for a client that is no
   *     browser
   * @param metrics the text of /metrics
   * @param failures told of what goes wrong behind an upgrade
   */
  public record Settings(
      @Nullable Path files,
      Predicate<@Nullable String> origins,
      Supplier<String> metrics,
      Consumer<Throwable> failures) {}

  private static final byte[] HELLO = "Hello, World!".getBytes(StandardCharsets.US_ASCII);
  private static final String JSON = "application/json";
  private static final long SLOW_MILLIS_MAX = 60_000;
  private static final int NOTES_PER_PAGE = 100;
  private static final int CHAT_BYTES_MAX = 4 << 10;
  private static final int CHUNK_BYTES = 1 << 10;

  private static final String HELP =
      """
      GET  /                     this table
      GET  /hello                thirteen bytes
      POST /echo                 the body comes back while it arrives
      GET  /stream?chunks=N      N chunks of a kilobyte; without N, endlessly
      GET  /slow?ms=N            an answer after N milliseconds
      GET  /notes?from=ID        notes as JSON; POST adds one
      GET  /notes/{id}           one note; PUT (If-Match) replaces, DELETE removes
      GET  /files/...            files, if there is a directory
      GET  /ws                   a chat room, over WebSocket
      GET  /metrics              for Prometheus
      """;

  private final Router router = new Router();
  private final Gzip gzip = new Gzip(Gzip.Settings.USUAL);
  private final Notes notes = new Notes();
  private final ChatRoom room = new ChatRoom();

  /**
   * @throws IOException if the directory for files cannot be read
   */
  public ExampleService(Settings settings) throws IOException {
    byte[] help = HELP.getBytes(StandardCharsets.UTF_8);
    router
        .get("/", (request, response, match) -> gzip.send(request, response, "text/plain", help))
        .on(Method.GET, "/hello", ExampleService::hello)
        .on(Method.POST, "/echo", ExampleService::echo)
        .on(Method.GET, "/stream", ExampleService::stream)
        .on(Method.GET, "/slow", ExampleService::slow)
        .on(Method.GET, "/notes", this::list)
        .on(Method.POST, "/notes", this::create)
        .get("/notes/{id}", this::show)
        .on(Method.PUT, "/notes/{id}", this::replace)
        .on(Method.DELETE, "/notes/{id}", this::delete)
        .on(Method.GET, "/ws", chat(settings))
        .on(Method.GET, "/metrics", (request, response) -> metrics(settings, request, response));
    if (settings.files != null) {
      var files = new StaticFiles(settings.files, gzip, InstantSource.system());
      router.get("/files/{path...}", files);
    }
  }

  private Handler chat(Settings settings) {
    WebSocket.Settings usual = WebSocket.Settings.USUAL;
    var bounds =
        new WebSocket.Settings(
            CHAT_BYTES_MAX, usual.queueBytesMax(), usual.pingNanos(), usual.closeNanos());
    return new WebSocketHandler(room::seat, settings.origins, bounds, settings.failures);
  }

  @Override
  public void handle(Request request, Response response) throws Exception {
    router.handle(request, response);
  }

  /** Asks the members of the chat room to leave; the rest of a drain is the server's. */
  public void drain() {
    room.closeAll();
  }

  private void metrics(Settings settings, Request request, Response response) {
    byte[] text = settings.metrics.get().getBytes(StandardCharsets.UTF_8);
    gzip.send(request, response, "text/plain; version=0.0.4; charset=utf-8", text);
  }

  private static void hello(Request request, Response response) {
    response.header("Content-Type", "text/plain").send(HELLO);
  }

  /** What arrives goes back; while the peer does not read, nothing more is taken from it. */
  private static void echo(Request request, Response response) {
    String type = request.header("Content-Type");
    response.header("Content-Type", type == null ? MediaTypes.UNKNOWN : type);
    if (request.contentLength() >= 0) {
      response.length(request.contentLength());
    }
    response.onWritable(request::resumeBody);
    request.readBody(
        new BodyReader() {
          @Override
          public void data(byte[] bytes, int from, int to) {
            response.write(bytes, from, to);
            //> phase 5: the peer sends and does not read; where do its bytes pile up?
            boolean waits = !response.isWritable(); //~ pilesUpTheEcho: boolean waits = false;
            if (waits && !response.isEnded()) {
              request.pauseBody();
            }
            //< phase 5
          }

          @Override
          public void end(Headers trailers) {
            response.end();
          }

          @Override
          public void failed(@Nullable Throwable cause) {
            response.abort();
          }
        });
  }

  private static void stream(Request request, Response response) throws Refused {
    long chunks = Query.of(request.query()).number("chunks", Long.MAX_VALUE, Long.MAX_VALUE);
    response.header("Content-Type", "text/plain; charset=utf-8");
    var source = new ChunkSource(response, chunks);
    response.onWritable(source::goOn);
    source.goOn();
  }

  /** Numbered lines of one size. */
  private static final class ChunkSource {
    private final Response response;
    private final long count;
    private long next;

    ChunkSource(Response response, long count) {
      this.response = response;
      this.count = count;
    }

    void goOn() {
      while (next < count && response.isWritable()) {
        String line = "%,20d ".formatted(next++);
        byte[] chunk =
            (line + ".".repeat(CHUNK_BYTES - line.length() - 1) + "\n")
                .getBytes(StandardCharsets.US_ASCII);
        assert chunk.length == CHUNK_BYTES;
        response.write(chunk, 0, chunk.length);
      }
      if (next == count && !response.isEnded()) {
        response.end();
      }
    }
  }

  private static void slow(Request request, Response response) throws Refused {
    long millis = Query.of(request.query()).number("ms", 1_000, SLOW_MILLIS_MAX);
    Timer timer =
        request
            .loop()
            .schedule(millis * 1_000_000, () -> response.send("after " + millis + " ms\n"));
    response.onDone(why -> timer.cancel());
  }

  private void list(Request request, Response response) throws Refused {
    long from = Query.of(request.query()).number("from", 0, Long.MAX_VALUE);
    List<Notes.Note> page = notes.from(from, NOTES_PER_PAGE);
    String json = page.stream().map(Notes.Note::json).collect(Collectors.joining(",", "[", "]\n"));
    if (page.size() == NOTES_PER_PAGE) {
      response.header("Link", "</notes?from=" + (page.getLast().id() + 1) + ">; rel=\"next\"");
    }
    gzip.send(request, response, JSON, json.getBytes(StandardCharsets.UTF_8));
  }

  private void create(Request request, Response response) {
    request.readBody(
        Notes.BYTES_MAX,
        body -> {
          Notes.Note note = notes.add(new String(body, StandardCharsets.UTF_8));
          if (note == null) {
            Refused.answer(response, 503);
          } else {
            response.status(201).header("Location", "/notes/" + note.id());
            send(response, note);
          }
        });
  }

  private static void send(Response response, Notes.Note note) {
    response.header("Content-Type", JSON).header("ETag", note.validators().tag());
    response.send(note.json() + "\n");
  }

  private void show(Request request, Response response, Router.Match match) {
    Notes.Note note = notes.get(id(match));
    if (note == null) {
      Refused.answer(response, 404);
      return;
    }
    switch (verdict(true, request.headers(), note)) {
      case PROCEED -> send(response, note);
      case NOT_MODIFIED -> response.status(304).header("ETag", note.validators().tag()).send();
      case FAILED -> Refused.answer(response, 412);
    }
  }

  private static Conditions.Verdict verdict(boolean isRead, Headers headers, Notes.Note note) {
    return Conditions.of(isRead, headers, note.validators(), 0);
  }

  /** The id in the path; one that is no number is nobody's. */
  private static long id(Router.Match match) {
    String text = match.get("id");
    boolean isNumber = text.length() <= 18 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    return isNumber ? Long.parseLong(text) : -1;
  }

  private void replace(Request request, Response response, Router.Match match) {
    long id = id(match);
    request.readBody(
        Notes.BYTES_MAX,
        body -> {
          String text = new String(body, StandardCharsets.UTF_8);
          Notes.Note note = notes.replace(id, text, before -> mayChange(request, before));
          if (note == null) {
            Refused.answer(response, notes.get(id) == null ? 404 : 412);
          } else {
            send(response, note);
          }
        });
  }

  private static boolean mayChange(Request request, Notes.Note before) {
    return verdict(false, request.headers(), before) == Conditions.Verdict.PROCEED;
  }

  private void delete(Request request, Response response, Router.Match match) {
    long id = id(match);
    if (notes.remove(id, before -> mayChange(request, before))) {
      response.status(204).send();
    } else {
      Refused.answer(response, notes.get(id) == null ? 404 : 412);
    }
  }
}
