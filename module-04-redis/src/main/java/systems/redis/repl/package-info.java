/** A second server: the stream of changes, who gets it, and what a replica makes of it. */
@NullMarked
package systems.redis.repl;

import org.jspecify.annotations.NullMarked;
