package systems.course.site;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import systems.course.catalogue.CourseException;

/**
 * Serves a built site to this machine and to nobody else: it listens on 127.0.0.1.
 *
 * <p>The JDK's own file server would do, if the site's addresses had the names of files. They have
 * not: a page {@code /guide/plans} lies in {@code guide/plans.html}, and a folder's page in its
 * {@code index.html}. An address that has no file gets the site's own page for that, with status
 * 404. Whatever an address says, a file outside of the folder is never sent: the path is made
 * absolute, without dots and links, and compared.
 */
public final class SiteServer implements AutoCloseable {
  private static final int BACKLOG = 64;
  private static final String LOOPBACK = "127.0.0.1";
  private static final Map<String, String> TYPES =
      Map.of(
          "html", "text/html; charset=utf-8",
          "js", "text/javascript; charset=utf-8",
          "css", "text/css; charset=utf-8",
          "json", "application/json",
          "svg", "image/svg+xml",
          "png", "image/png",
          "woff2", "font/woff2");

  private final Path folder;
  private final HttpServer server;

  /**
   * Begins to serve.
   *
   * @param folder what a build left
   * @param port 0 for any that is free
   * @throws CourseException (failed) for a port that is taken
   */
  public SiteServer(Path folder, int port) throws IOException {
    this.folder = folder.toRealPath();
    var address = new InetSocketAddress(InetAddress.ofLiteral(LOOPBACK), port);
    try {
      server = HttpServer.create(address, BACKLOG);
    } catch (BindException e) {
      throw CourseException.failed(
          "port %d is taken: end what uses it, or choose another, as in --port 0 for any free one"
              .formatted(port));
    }
    server.createContext("/", this::answer);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
  }

  public URI address() {
    return URI.create("http://%s:%d/".formatted(LOOPBACK, server.getAddress().getPort()));
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      if (!method.equals("GET") && !method.equals("HEAD")) {
        exchange.getResponseHeaders().set("Allow", "GET, HEAD");
        exchange.sendResponseHeaders(405, -1);
        return;
      }
      Path file = find(exchange.getRequestURI().getPath());
      send(exchange, file == null ? 404 : 200, file == null ? folder.resolve("404.html") : file);
    }
  }

  private void send(HttpExchange exchange, int status, Path file) throws IOException {
    byte[] body = Files.isRegularFile(file) ? Files.readAllBytes(file) : new byte[0];
    var headers = exchange.getResponseHeaders();
    headers.set("Content-Type", type(file));
    headers.set("Cache-Control", "no-cache");
    headers.set("X-Content-Type-Options", "nosniff");
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(status, head || body.length == 0 ? -1 : body.length);
    if (!head && body.length > 0) {
      exchange.getResponseBody().write(body);
    }
  }

  private @Nullable Path find(@Nullable String address) throws IOException {
    if (address == null || !address.startsWith("/")) {
      return null;
    }
    String name = address.substring(1);
    if (name.isEmpty() || name.endsWith("/")) {
      return inside(name + "index.html");
    }
    Path file = inside(name);
    return file != null ? file : inside(name + ".html");
  }

  /** The file of that name, unless it is none or lies elsewhere. */
  private @Nullable Path inside(String name) throws IOException {
    try {
      Path file = folder.resolve(name).normalize();
      boolean within = file.startsWith(folder) && Files.isRegularFile(file);
      return within && file.toRealPath().startsWith(folder) ? file : null;
    } catch (InvalidPathException e) {
      return null;
    }
  }

  private static String type(Path file) {
    String name = file.getFileName().toString();
    return TYPES.getOrDefault(
        name.substring(name.lastIndexOf('.') + 1), "application/octet-stream");
  }
}
