/** What outlives the process: RDB files, payloads of DUMP, the append-only file, snapshots. */
@NullMarked
package systems.redis.persist;

import org.jspecify.annotations.NullMarked;
