/**
 * The machine under the servers: event loops, timers, buffers, sockets, and a world that is not
 * real.
 *
 * <pre>
 *   LoopGroup                       some loops, one port
 *     |
 *   EventLoop ---- TaskQueue        one thread, one selector; the way in for other threads
 *     |    |
 *     |    +------ TimerWheel       what is due when
 *     |    +------ BufferPool       blocks for what is to be sent; Buffer, LeakDetector
 *     |
 *     +-- Acceptor, Admission       who is let in, and what happens without descriptors
 *     +-- Connecting                a connection on its way out
 *     +-- SocketTransport           a connection that stands
 *            |      |
 *            |      +-- WriteQueue  what the system has not taken yet; FilePiece
 *            |
 *         Protocol                  what understands the bytes: everybody else's code
 *
 *   Simulation                      Loop and Network again, of virtual time, from a seed
 * </pre>
 *
 * <p>The contracts are {@link systems.net.loop.Loop}, {@link systems.net.loop.Network}, {@link
 * systems.net.loop.Transport} and {@link systems.net.loop.Protocol}: code that is written against
 * them runs on the real loop, on other engines, and in the simulation.
 *
 * <p>What holds everywhere:
 *
 * <ol>
 *   <li>What belongs to a loop is touched by its thread only. There are three ways in for other
 *       threads, and each is a structure of its own: the task queue, the counters, and the stack of
 *       buffers that were released elsewhere.
 *   <li>A protocol is never called from inside a method that it has called itself.
 *   <li>Every queue has a bound: tasks by {@link systems.net.loop.LoopSettings#tasksMax}, bytes
 *       that a protocol does not take by {@code receiveBytesMax}, connections by {@link
 *       systems.net.loop.Admission}; what a protocol writes is bounded by the protocol, which is
 *       told when to stop and when to go on.
 *   <li>A request that arrives whole and is answered whole costs one read call, one write call and
 *       no allocation; a connection that waits costs no buffer.
 * </ol>
 */
@NullMarked
package systems.net.loop;

import org.jspecify.annotations.NullMarked;
