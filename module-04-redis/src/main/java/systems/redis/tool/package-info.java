/** The launcher. */
@NullMarked
package systems.redis.tool;

import org.jspecify.annotations.NullMarked;
