package systems.net.loop;

import org.jspecify.annotations.Nullable;

/** Sends back what it gets, and ends when the peer does; stops reading while it cannot write. */
final class Echo implements Protocol {
  private @Nullable Transport transport;

  private Transport transport() {
    if (transport == null) {
      throw new AssertionError("called before it was connected");
    }
    return transport;
  }

  @Override
  public void connected(Transport transport) {
    this.transport = transport;
  }

  @Override
  public int receive(byte[] bytes, int from, int to) {
    transport().write(bytes, from, to);
    transport().flush();
    if (!transport().isWritable()) {
      transport().pauseReading();
    }
    return to - from;
  }

  @Override
  public void inputEnded() {
    transport().finish();
  }

  @Override
  public void writable() {
    transport().resumeReading();
  }

  @Override
  public void wake(long nowNanos) {}

  @Override
  public void closed(@Nullable Throwable cause) {}
}
