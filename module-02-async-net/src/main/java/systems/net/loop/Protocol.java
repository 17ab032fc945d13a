package systems.net.loop;

import org.jspecify.annotations.Nullable;

/**
 * What understands a connection's bytes. Does no I/O: it is called with what happened, and answers
 * by calling its {@link Transport}.
 *
 * <pre>
 *   connected (receive | inputEnded | writable | wake)* closed
 * </pre>
 *
 * <p>All calls come on the connection's loop. {@code inputEnded} comes at most once, and no {@code
 * receive} after it; {@code closed} comes exactly once and last, and alone where a connection could
 * not be made. What a method throws aborts the connection: the transport resets it, calls {@code
 * closed} with the exception, and the loop goes on.
 */
public interface Protocol {
  /** The connection stands; reading has begun. */
  void connected(Transport transport);

  /**
   * Takes bytes. They lie in the transport's array, which the protocol may read during the call and
   * must not keep or change.
   *
   * <p>What is not taken comes again, together with what arrives next, as one range; so a parser
   * reads on where it stopped, and a connection that sent whole messages keeps no memory. A
   * protocol that takes nothing is not called before more bytes are there; it has to bound what it
   * waits for. While reading is paused there are no calls, and after {@link
   * Transport#resumeReading} bytes that were not taken come again.
   *
   * @return how many of the bytes from {@code from} on were taken
   */
  int receive(byte[] bytes, int from, int to);

  /** The peer sends no more; bytes that were not taken will never be more. Writing may go on. */
  void inputEnded();

  /**
   * The queue had passed {@link Transport#HIGH_WATER} and is down at {@link Transport#LOW_WATER}:
   * who stopped writing may go on.
   */
  void writable();

  /** The time of {@link Transport#wakeAt} has come. */
  void wake(long nowNanos);

  /**
   * The connection is gone, both ways; its transport takes nothing any more.
   *
   * @param cause null after an orderly end
   */
  void closed(@Nullable Throwable cause);
}
