/**
 * What will be there later, or never: promises, scopes that end whole, and waiting as if it
 * blocked.
 *
 * <pre>
 *   Scope        who is responsible: children, deadline, the first failure ends all
 *     |
 *   Await        a virtual thread that takes turns with the loop
 *     |
 *   Future       a value that is not there yet, and what happens then
 *   Promise      the side that brings it
 *     |
 *   Trampoline   a queue where a recursion would be
 *     |
 *   loop         one thread, its timers, its sockets
 * </pre>
 *
 * <p>All of it belongs to one loop and is touched there only: no lock, no atomic instruction.
 * Values travel down from a promise to what was derived from it; that nobody wants them any more
 * travels up, and ends at sockets and timers.
 */
@NullMarked
package systems.net.promise;

import org.jspecify.annotations.NullMarked;
