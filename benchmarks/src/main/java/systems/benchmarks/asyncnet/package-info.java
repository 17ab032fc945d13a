/**
 * Module 02 against the best known of its kind: what a request costs the server.
 *
 * <pre>
 *   NetBench        the contests and their goals
 *     |
 *   LoadRun         an entrant: starts a server, loads it, divides the server's CPU by the answers
 *   LatencyRun      the same at a fixed rate: how long do answers take?
 *   IdleRun         what ten thousand silent connections weigh
 *   DrainRun        servers that are replaced under load, and the requests that fail
 *   TimerRun        a timer scheduled and one taken back
 *     |
 *   Generator       wrk or module 02's own load, as a process
 *   Client          one blocking connection
 *   Program         a server as a process, with its CPU time
 *   ServerKind      who serves
 *   NettyServer, HelidonServer    the rivals that have to be written
 * </pre>
 */
@NullMarked
package systems.benchmarks.asyncnet;

import org.jspecify.annotations.NullMarked;
