/**
 * What a web server is made of, once there is HTTP: where requests go, files, compression, a log,
 * WebSocket, and a service that shows them.
 *
 * <pre>
 *                  ExampleService
 *     |          |        |        |          |
 *   Router  StaticFiles  Gzip  AccessLog  WebSocketHandler
 *     |       |      |     |                  |
 *   Segments  |  FileStream            WebSocket      one peer
 *     |       |                               |
 *   Percent  Conditions  Ranges        FrameParser  Frames  Utf8
 * </pre>
 *
 * <ol>
 *   <li>A path is cut at its slashes and then decoded, once. Nobody here looks at the encoded form
 *       again, and nobody decodes twice.
 *   <li>What a peer can make longer has a bound that is named where it is declared.
 *   <li>Everything runs on the connection's loop. Only {@link AccessLog} has a thread of its own,
 *       and a bounded queue before it.
 *   <li>A refusal is said in the protocol's own language: a status with a line of text, or a close
 *       frame with its code.
 * </ol>
 */
@NullMarked
package systems.net.web;

import org.jspecify.annotations.NullMarked;
