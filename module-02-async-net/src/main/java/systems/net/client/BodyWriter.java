package systems.net.client;

import org.jspecify.annotations.Nullable;
import systems.net.http.Headers;

/**
 * Takes the body of one request, piece by piece. Only on the loop. After the exchange has ended, by
 * whatever means, every method does nothing, so whoever brings the body need not ask first.
 */
public final class BodyWriter {
  private @Nullable ClientConnection connection;
  private final Headers trailers = new Headers();
  private @Nullable Runnable goOn;

  BodyWriter(ClientConnection connection) {
    this.connection = connection;
  }

  /** Copies the bytes behind what is queued; sends them at the end of the turn. */
  public void write(byte[] bytes, int from, int to) {
    if (connection != null) {
      connection.write(bytes, from, to);
    }
  }

  /** Whether to go on, or to wait for {@link #onWritable}. False after the end. */
  public boolean isWritable() {
    return connection != null && connection.isWritable();
  }

  /** Called each time when writing makes sense again. */
  public void onWritable(Runnable then) {
    goOn = then;
  }

  /** A field after a body without a promised length; else it is dropped. */
  public void trailer(String name, String value) {
    trailers.add(name, value);
  }

  /** The body is whole. Fewer bytes than promised abort the exchange. */
  public void end() {
    if (connection != null) {
      connection.endBody(trailers);
      connection = null;
    }
  }

  /** The body will not come to its end; the server must not take it for whole. */
  public void abort(Throwable why) {
    if (connection != null) {
      connection.abort(why);
      connection = null;
    }
  }

  /** Whether somebody still listens. */
  public boolean isOpen() {
    return connection != null;
  }

  void close() {
    connection = null;
  }

  void writable() {
    if (goOn != null && connection != null) {
      goOn.run();
    }
  }
}
