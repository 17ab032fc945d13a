/** What the commands do, a class a group. */
@NullMarked
package systems.redis.command;

import org.jspecify.annotations.NullMarked;
