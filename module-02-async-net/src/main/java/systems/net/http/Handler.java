package systems.net.http;

/**
 * What a server does with a request; the same one runs on every engine.
 *
 * <p>Called on the connection's loop as soon as the head is complete; the body comes later, if
 * asked for by {@link Request#readBody}. The handler may return before it has answered and answer
 * later from the loop ({@link Request#loop()}). On the loop and Netty engines it must not block; on
 * the engine of virtual threads it may, and there reading and writing block inside.
 *
 * <p>What it throws becomes a 500 if no head was sent, else the connection is aborted: a peer must
 * not take half an answer for a whole one.
 */
@FunctionalInterface
public interface Handler {
  void handle(Request request, Response response) throws Exception;
}
