package systems.net.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import systems.net.Effort;

/** The JDK's WebSocket client in the chat room of the example service. */
final class JdkChat {
  private JdkChat() {}

  /** Enters, says something in two fragments, hears it, and leaves in order. */
  static void visit(HttpClient client, String authority) throws Exception {
    var heard = new LinkedBlockingQueue<String>();
    var listener =
        new WebSocket.Listener() {
          private final StringBuilder text = new StringBuilder();

          @Override
          public @Nullable CompletionStage<?> onText(
              WebSocket socket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
              heard.add(text.toString());
              text.setLength(0);
            }
            socket.request(1);
            return null;
          }

          @Override
          public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            heard.add("closed " + code);
            return null;
          }
        };
    CompletableFuture<WebSocket> opening =
        client.newWebSocketBuilder().buildAsync(URI.create("ws://" + authority + "/ws"), listener);
    WebSocket socket = opening.get(Effort.seconds(), TimeUnit.SECONDS);
    assertThat(heard.poll(Effort.seconds(), TimeUnit.SECONDS)).isEqualTo("+1: 1 here");
    socket.sendText("in two ", false).get(Effort.seconds(), TimeUnit.SECONDS);
    socket.sendText("fragments, café", true).get(Effort.seconds(), TimeUnit.SECONDS);
    assertThat(heard.poll(Effort.seconds(), TimeUnit.SECONDS)).isEqualTo("in two fragments, café");
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "bye").get(Effort.seconds(), TimeUnit.SECONDS);
    assertThat(heard.poll(Effort.seconds(), TimeUnit.SECONDS)).isEqualTo("closed 1000");
  }
}
