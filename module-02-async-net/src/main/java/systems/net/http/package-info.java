/**
 * HTTP/1.1 (RFC 9110, RFC 9112): the grammar, the messages, and the server's side of a connection.
 * Does no I/O.
 *
 * <pre>
 *   ServerConnection    one peer: order, keep-alive, timeouts, the end of it
 *     |        |
 *   Request  Response   what a handler sees; Exchanges lends them to a connection that has work
 *     |        |
 *   RequestParser  ResponseParser  BodyDecoder      bytes to messages
 *     |
 *   HeadParser          where a head ends, and its field lines
 *     |
 *   Headers  FieldName  Target  Octets  HttpDate    the grammar's parts
 * </pre>
 *
 * <ol>
 *   <li>Bytes come as ranges of an array and are looked at where they lie. Of a head nothing is
 *       taken before it is whole; then it is copied once, into an array that the next request uses
 *       again.
 *   <li>Whatever is refused is refused at the same byte with the same status, wherever the network
 *       has cut the bytes.
 *   <li>Where the RFC lets a recipient choose between repairing and refusing, it is refused: two
 *       recipients that repair differently are what request smuggling lives on.
 *   <li>A connection that waits owns neither request nor response nor buffer.
 * </ol>
 */
@NullMarked
package systems.net.http;

import org.jspecify.annotations.NullMarked;
