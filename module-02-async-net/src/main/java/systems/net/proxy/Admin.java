package systems.net.proxy;

import systems.net.http.Handler;
import systems.net.http.Request;
import systems.net.http.Response;
import systems.net.observe.OtlpJson;

/** What operators ask a proxy; to be served at an address that clients do not reach. */
final class Admin implements Handler {
  private final Proxy proxy;

  Admin(Proxy proxy) {
    this.proxy = proxy;
  }

  @Override
  public void handle(Request request, Response response) {
    switch (request.path()) {
      case "/metrics" ->
          response
              .header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
              .send(proxy.metrics().text());
      case "/spans" ->
          response
              .header("Content-Type", "application/json")
              .send(OtlpJson.of(proxy.config().name(), proxy.fetchSpans()));
      case "/healthz" -> response.send("ok\n");
      default -> response.status(404).send("there are /metrics, /spans and /healthz\n");
    }
  }
}
