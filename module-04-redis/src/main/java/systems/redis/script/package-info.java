/**
 * Programs inside the server: a small interface to any Lua 5.1, and LuaJ behind it.
 *
 * <p>The server finds a {@link systems.redis.script.LuaRuntime} by {@code ServiceLoader}. Strings
 * are bytes on both sides; replies cross the border as the bytes of the protocol.
 */
@NullMarked
package systems.redis.script;

import org.jspecify.annotations.NullMarked;
