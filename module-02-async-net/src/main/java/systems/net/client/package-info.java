/**
 * The other side of HTTP/1.1: who asks.
 *
 * <pre>
 *   HttpClient          one for each loop: send(request) -> a response to come
 *     |                 names, redirects, a second attempt where that is safe
 *   Pool                one for each origin: which connection, or how long to wait for one
 *     |
 *   ClientConnection    one connection: writes a request, reads its response; does no I/O itself
 *     |
 *   http, loop          grammar of messages; transports
 * </pre>
 *
 * <p>The reverse proxy uses pools and connections directly, since it copies bytes from one
 * connection to the other and needs no objects for them. All of it belongs to one loop: connections
 * are not handed from thread to thread, so each loop has its own to each origin.
 */
@NullMarked
package systems.net.client;

import org.jspecify.annotations.NullMarked;
