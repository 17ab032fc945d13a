/**
 * A server that Redis' clients, its replicas and its files cannot tell from Redis 7.0.
 *
 * <pre>
 *   tool        the launcher: redis.conf, options, SIGTERM
 *     |
 *   server      connections, dispatch, transactions, pub/sub, configuration, introspection
 *     |   \
 *   command     what the commands do: one class a group        script   Lua behind a small interface
 *     |
 *   persist     RDB, append-only file, snapshots without a fork
 *     |
 *   db          keyspace: expiry, eviction, who waits for a key
 *     |
 *   types       dictionary, listpack, intset, quicklist, skip list, stream, HyperLogLog
 *     |
 *   resp        the protocol: requests in, replies out
 * </pre>
 *
 * <p>One thread runs all commands, so no value needs a lock; other threads only move bytes to and
 * from disk. See {@link systems.redis.server.Server}.
 */
@NullMarked
package systems.redis;

import org.jspecify.annotations.NullMarked;
