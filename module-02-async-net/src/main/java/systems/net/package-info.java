/**
 * An event loop, an HTTP/1.1 server on three engines, and a reverse proxy.
 *
 * <pre>
 *   tool       serve, proxy, fetch, load: the command lines
 *     |
 *   proxy      the reverse proxy: data path, configuration, reload
 *     |
 *   balance    who gets the request: balancing, health, ejection, retries, breaker, limits
 *   observe    what happened: histograms, Prometheus text, trace context, spans
 *   web        router, static files, gzip, access log, WebSocket, the example service
 *   client     HTTP/1.1 client with pools
 *     |
 *   engine     the same protocol on the loop, on Netty, on virtual threads; TLS, drain
 *     |
 *   http       HTTP/1.1: parser, server's side of a connection, messages; does no I/O itself
 *     |
 *   promise    promises, scopes with cancellation, await
 *     |
 *   loop       event loop, timers, buffers, transports, the simulated world
 * </pre>
 *
 * <p>Protocols do no I/O: a {@link systems.net.loop.Protocol} is handed bytes and writes bytes to a
 * {@link systems.net.loop.Transport}. So one implementation of HTTP runs on all engines, and in a
 * simulated network whose every run can be repeated from its seed.
 */
@NullMarked
package systems.net;

import org.jspecify.annotations.NullMarked;
