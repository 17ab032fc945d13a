/** The protocol RESP, both versions of it: requests in, replies out, and the numbers in both. */
@NullMarked
package systems.redis.resp;

import org.jspecify.annotations.NullMarked;
