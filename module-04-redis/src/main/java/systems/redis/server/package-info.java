/** Connections, dispatch, and everything that is about clients and not about values. */
@NullMarked
package systems.redis.server;

import org.jspecify.annotations.NullMarked;
