/**
 * Module 04 against a real Redis: what a command costs the server, and what its data weighs.
 *
 * <pre>
 *   RedisBench      the contests and their goals
 *     |
 *   LoadRun         an entrant: starts a server, has redis-benchmark load it, command by command
 *   TailRun         an open loop at half of the maximal rate: how long do replies take?
 *   MemoryRun       what a key with its value weighs
 *   SaveRun         what a snapshot under writes adds to the memory of the processes
 *     |
 *   Loads           which commands there are, and redis-benchmark as a process
 *   Connection      one connection: asks, or fills by pipelines
 *   Program         a server as a process: its port, its CPU time, its memory
 *   ServerKind      who serves
 * </pre>
 */
@NullMarked
package systems.benchmarks.redis;

import org.jspecify.annotations.NullMarked;
