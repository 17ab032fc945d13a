/**
 * One protocol, three ways to move its bytes.
 *
 * <pre>
 *                 ServerConnection            the protocol; does no I/O
 *                        |
 *        +---------------+----------------+
 *   SocketTransport  NettyTransport  ThreadTransport
 *        |               |                |
 *    EventLoop      Netty's loop     a virtual thread each
 * </pre>
 *
 * <p>{@link systems.net.engine.TlsTransport} lies between a protocol and any of them. {@link
 * systems.net.engine.Server} starts them and ends them; what it promises of the end is written
 * there.
 *
 * <p>What a loop is differs: on the first two a thread that many connections share and no handler
 * may block, on the third a connection's own lock, and a handler may. What a transport promises
 * does not, and one contract of tests asks all of them.
 */
@NullMarked
package systems.net.engine;

import org.jspecify.annotations.NullMarked;
