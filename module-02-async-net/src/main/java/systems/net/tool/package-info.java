/**
 * The command lines.
 *
 * <pre>
 *   Main --+-- serve    the example service on one of the engines
 *          +-- proxy    the reverse proxy, from a file that may change
 *          +-- fetch    one request
 *          +-- load     many requests: closed loop, or a fixed rate
 *          +-- score    malformed requests, over ours and others'
 *          +-- race     one handler on three engines: CPU per request
 *          +-- demo     a proxy before three upstreams that fail
 * </pre>
 *
 * <p>Exit codes: 0 it is done; 1 it failed, and a line on standard error says why and what to do; 2
 * the command line is wrong. What runs until it is told to stop drains at SIGTERM and then exits
 * with 0.
 */
@NullMarked
package systems.net.tool;

import org.jspecify.annotations.NullMarked;
