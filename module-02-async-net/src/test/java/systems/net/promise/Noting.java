package systems.net.promise;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.net.loop.Protocol;
import systems.net.loop.Transport;

/** A protocol that writes down what it hears, and takes all bytes. */
final class Noting implements Protocol {
  final List<String> heard = new ArrayList<>();
  @Nullable Transport transport;

  @Override
  public void connected(Transport transport) {
    this.transport = transport;
    heard.add("connected");
  }

  @Override
  public int receive(byte[] bytes, int from, int to) {
    heard.add("receive");
    return to - from;
  }

  @Override
  public void inputEnded() {
    heard.add("inputEnded");
  }

  @Override
  public void writable() {
    heard.add("writable");
  }

  @Override
  public void wake(long nowNanos) {
    heard.add("wake");
  }

  @Override
  public void closed(@Nullable Throwable cause) {
    heard.add("closed: " + (cause == null ? "in order" : cause.getMessage()));
  }
}
