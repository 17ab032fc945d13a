package systems.net.proxy;

import org.jspecify.annotations.Nullable;
import systems.net.loop.Protocol;
import systems.net.loop.Transport;

/**
 * Two connections that have become one: after a switch of protocols the proxy copies bytes and
 * understands nothing.
 *
 * <pre>
 *   client ----receive----> [ Side ] ----write----> [ Side ] upstream
 *     |                        |  partner  ^            |
 *     |  end of stream ------> | finish -> |            |   the other direction goes on
 *     |  not writable &lt;------- | pauseReading  &lt;------- |   coupled backpressure
 *     |  reset --------------> | abort --> |            |
 * </pre>
 *
 * <ol>
 *   <li>A side reads if and only if its partner can write, so neither queue grows beyond the
 *       transport's high-water mark and one read.
 *   <li>The end of one direction is handed on as an end; the tunnel is over when both have ended or
 *       one side has broken, and {@code over} then runs once.
 *   <li>A tunnel in which nothing has moved for {@code idleNanos} in either direction is broken
 *       off.
 * </ol>
 *
 * <p>The two sides are connected to their transports at different moments; what comes before the
 * partner is there is left untaken, and so waits in its transport.
 */
final class Tunnel {
  final Side client = new Side();
  final Side upstream = new Side();
  private final long idleNanos;
  private final Runnable over;
  private boolean ended;
  private long movedNanos;

  Tunnel(long idleNanos, Runnable over) {
    this.idleNanos = idleNanos;
    this.over = over;
  }

  private Side partner(Side side) {
    return side == client ? upstream : client;
  }

  private void end() {
    if (!ended) {
      ended = true;
      over.run();
    }
  }

  /** One end. */
  final class Side implements Protocol {
    private @Nullable Transport transport;
    private boolean inputEnded;
    private boolean closed;

    @Override
    public void connected(Transport given) {
      transport = given;
      if (closed) {
        given.abort();
        return;
      }
      movedNanos = given.loop().nanoTime();
      given.wakeAt(movedNanos + idleNanos);
      Transport other = partner(this).transport;
      if (other == null) {
        given.pauseReading();
      } else {
        other.resumeReading();
      }
    }

    @Override
    public int receive(byte[] piece, int from, int to) {
      //> phase 7: who has to stop when the other end does not read?
      Transport other = partner(this).transport;
      if (other == null || transport == null) {
        return 0;
      }
      movedNanos = transport.loop().nanoTime();
      other.write(piece, from, to);
      other.flush();
      if (!other.isWritable()) { //~ tunnelWithoutBrakes: if (closed) {
        transport.pauseReading();
      }
      return to - from;
      //< phase 7
    }

    @Override
    public void inputEnded() {
      //> phase 7: one direction has ended; has the other?
      inputEnded = true;
      Side other = partner(this);
      if (other.transport != null) {
        other.transport.finish(); //~ halfEndIsTheEnd: other.transport.abort();
      }
      if (other.inputEnded) {
        end();
      }
      //< phase 7
    }

    @Override
    public void writable() {
      Transport other = partner(this).transport;
      if (other != null) {
        other.resumeReading();
      }
    }

    @Override
    public void wake(long nowNanos) {
      if (transport == null) {
        return;
      }
      if (nowNanos - movedNanos >= idleNanos) {
        transport.abort();
        breakPartner();
      } else {
        transport.wakeAt(movedNanos + idleNanos);
      }
    }

    @Override
    public void closed(@Nullable Throwable cause) {
      closed = true;
      if (cause != null || !inputEnded) {
        breakPartner();
      }
      end();
    }

    /** Half of a tunnel is none. */
    private void breakPartner() {
      Side other = partner(this);
      other.closed = true;
      if (other.transport != null) {
        other.transport.abort();
      }
    }
  }
}
