package systems.net.client;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import systems.net.loop.Protocol;
import systems.net.loop.Transport;

/**
 * A server's end of one connection: collects what comes, and does what a test says to each head.
 */
public final class Script implements Protocol {
  /** What is done when a head is whole; it is taken out of {@link #received} before. */
  @FunctionalInterface
  public interface Step {
    void head(Script connection, String head);
  }

  private static final String END = "\r\n\r\n";

  /** What came and was not the head of a request. */
  public final StringBuilder received = new StringBuilder();

  public final int number;
  public int heads;
  public boolean inputEnded;
  public boolean closed;
  private final Step step;
  public @Nullable Transport transport;

  public Script(int number, Step step) {
    this.number = number;
    this.step = step;
  }

  public Script send(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    if (transport == null) {
      throw new AssertionError("not connected");
    }
    transport.write(bytes, 0, bytes.length);
    transport.flush();
    return this;
  }

  public systems.net.loop.Loop loop() {
    if (transport == null) {
      throw new AssertionError("not connected");
    }
    return transport.loop();
  }

  /** A whole answer with a length. */
  public Script answer(String body) {
    return send("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + END + body);
  }

  public void finish() {
    if (transport != null) {
      transport.finish();
    }
  }

  public void abort() {
    if (transport != null) {
      transport.abort();
    }
  }

  @Override
  public void connected(Transport given) {
    transport = given;
  }

  @Override
  public int receive(byte[] bytes, int from, int to) {
    received.append(new String(bytes, from, to - from, StandardCharsets.ISO_8859_1));
    int end = received.indexOf(END);
    while (end >= 0 && isHead()) {
      String head = received.substring(0, end + END.length());
      received.delete(0, end + END.length());
      heads++;
      step.head(this, head);
      end = received.indexOf(END);
    }
    return to - from;
  }

  private boolean isHead() {
    return received.indexOf(" HTTP/1.1\r\n") > 0;
  }

  @Override
  public void inputEnded() {
    inputEnded = true;
    finish();
  }

  @Override
  public void writable() {}

  @Override
  public void wake(long nowNanos) {}

  @Override
  public void closed(@Nullable Throwable cause) {
    closed = true;
  }
}
