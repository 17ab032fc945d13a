package systems.net.http;

import java.io.IOException;

/**
 * A message that violates the grammar or a limit: what a server answers, and which section says so.
 * Without a stack trace: strangers throw it, and it says all by itself.
 */
public final class BadMessage extends IOException {
  private static final long serialVersionUID = 1;

  private final int status;

  /**
   * @param status what a server answers; from a client's side, that the peer is to be left
   * @param what the fault and the section of the RFC, never a byte of the message
   */
  public BadMessage(int status, String what) {
    super(what);
    assert status >= 400 && status <= 599 : status;
    this.status = status;
  }

  public int status() {
    return status;
  }

  // not synchronized: the trace is never filled in
  @Override
  @SuppressWarnings("UnsynchronizedOverridesSynchronized")
  public Throwable fillInStackTrace() {
    return this;
  }
}
