/**
 * A reverse proxy: reads messages from clients, and writes messages of its own to upstreams.
 *
 * <pre>
 *   Proxy         a handler; hands each request to its loop's
 *     |
 *   Worker        one loop's: routes, clusters, limits; goes over to another configuration
 *     |
 *   Forwarding    one request: attempts, bodies both ways, what the client hears at last
 *     |     \
 *   Fields   Tunnel          what of a head goes on; bytes both ways after an upgrade
 *   Gate, Routes, LoopCluster    who may enter, where to, and by which connection
 *
 *   ConfigFile, ProxyConfig, Section     the file, what it says, and what is wrong with it
 * </pre>
 *
 * <p>Three rules hold everywhere. No message is passed on: each is parsed, and another one is made
 * from what was understood, so that whoever comes next cannot read it in another way. Nothing is
 * collected: bytes go on as they come, and who cannot be written to stops the one who is read; only
 * small bodies are kept, as long as they may be needed again. Nothing is shared between loops but
 * the configuration.
 */
@NullMarked
package systems.net.proxy;

import org.jspecify.annotations.NullMarked;
