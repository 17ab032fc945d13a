package systems.net.loop;

import java.net.SocketAddress;
import java.nio.channels.FileChannel;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * One connection, as its {@link Protocol} sees it: a way to send, to stop the peer, and to be
 * woken.
 *
 * <pre>
 *   write write writeFile write | flush        queued: [....|....|file|..]
 *                                                        ^ gathered into one system call
 *        queuedBytes > HIGH_WATER: isWritable() is false until it is down at LOW_WATER
 * </pre>
 *
 * <p>Only on {@link #loop()}, all of it. After the end of a connection every method does nothing.
 * The transports are: sockets on the event loop, TLS over another transport, a Netty channel, a
 * blocking socket of a virtual thread, and the simulated network.
 */
public interface Transport {
  /** Above so many queued bytes a well-behaved protocol stops writing. */
  int HIGH_WATER = 64 * 1024;

  /** At so many queued bytes it is told to go on. */
  int LOW_WATER = 16 * 1024;

  /** The loop that this connection belongs to for all of its life. */
  Loop loop();

  SocketAddress remote();

  SocketAddress local();

  /** The session, if the connection is encrypted. */
  @Nullable SSLSession tls();

  /**
   * Hands the connection to another protocol from here on, as an upgrade does. Call it last in
   * {@link Protocol#receive}: what that call did not take is the new one's first input. The new
   * protocol's {@link Protocol#connected} is called, the old one hears nothing more.
   */
  void become(Protocol next);

  /**
   * Copies the bytes behind what is queued. Nothing is sent before {@link #flush}. Never blocks a
   * loop.
   */
  void write(byte[] bytes, int from, int to);

  /**
   * Queues a piece of a file, which goes out without passing through the heap where the system can.
   * The transport closes the file when the piece is sent or the connection ends. A file that turns
   * out to be shorter aborts the connection, since the length was promised already.
   */
  void writeFile(FileChannel file, long position, long count);

  /** Sends what is queued, as far as the system takes it; the rest follows by itself. */
  void flush();

  /** Bytes that were written and have not been taken by the system. */
  long queuedBytes();

  /** Whether it makes sense to write more now; see {@link Protocol#writable}. */
  boolean isWritable();

  /** Takes no more from the peer: its window fills up and stops it. Calls may be repeated. */
  void pauseReading();

  void resumeReading();

  /**
   * Sends what is queued, then the end of the stream. Input goes on until the peer ends it too; who
   * does not want to wait for that sets a {@link #wakeAt} and aborts.
   */
  void finish();

  /** Ends the connection at once, both ways, with a reset where there is something unsent. */
  void abort();

  /**
   * Calls {@link Protocol#wake} once this time of {@link Loop#nanoTime} has come. There is one such
   * time for a connection; a new one replaces the old. To move it further away costs a store.
   *
   * @param nanos {@link Long#MAX_VALUE} for never
   */
  void wakeAt(long nanos);
}
