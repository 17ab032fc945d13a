package systems.net.proxy;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import systems.net.loop.Protocol;
import systems.net.loop.Transport;

/** A client's end of a connection that sends what a test says and collects what comes. */
final class RawClient implements Protocol {
  final StringBuilder received = new StringBuilder();
  final String first;
  boolean inputEnded;
  boolean closed;
  @Nullable Throwable cause;
  @Nullable Transport transport;

  /** Counts and drops what comes, in the place of collecting it. */
  boolean counts;

  long count;

  RawClient(String first) {
    this.first = first;
  }

  void send(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    Transport to = transport();
    to.write(bytes, 0, bytes.length);
    to.flush();
  }

  Transport transport() {
    if (transport == null) {
      throw new AssertionError("not connected: " + cause);
    }
    return transport;
  }

  boolean isOver() {
    return inputEnded || closed;
  }

  @Override
  public void connected(Transport given) {
    transport = given;
    send(first);
  }

  @Override
  public int receive(byte[] bytes, int from, int to) {
    count += to - from;
    if (!counts) {
      received.append(new String(bytes, from, to - from, StandardCharsets.ISO_8859_1));
    }
    return to - from;
  }

  @Override
  public void inputEnded() {
    inputEnded = true;
  }

  @Override
  public void writable() {}

  @Override
  public void wake(long nowNanos) {}

  @Override
  public void closed(@Nullable Throwable why) {
    closed = true;
    cause = why;
  }
}
