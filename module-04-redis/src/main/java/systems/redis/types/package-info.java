/**
 * Values and what they are made of. The compact ones have Redis' own bytes, so that a dump is a
 * copy.
 */
@NullMarked
package systems.redis.types;

import org.jspecify.annotations.NullMarked;
