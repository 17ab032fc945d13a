/** The keyspace: databases, expiry, eviction, and who is told when a key changes. */
@NullMarked
package systems.redis.db;

import org.jspecify.annotations.NullMarked;
