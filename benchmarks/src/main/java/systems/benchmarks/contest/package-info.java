/**
 * One thing done by ours and by its rivals, in turns, each time in a fresh process.
 *
 * <pre>
 *   Contest  "lz4-compress-text"
 *     ours      Entrant: a main class and its arguments
 *     rivals    jni   Entrant, goals          Duel "lz4-compress-text-jni"
 *               safe  Entrant, goals          Duel "lz4-compress-text-safe"
 *
 *   Turns        round after round, one child JVM an entrant
 *     |
 *   ContestBench    the command of a module: rounds, results, baseline
 *   RunOptions      what every such command can be told, and where its results go
 *   JmhEntrant      an entrant that is a JMH kernel
 *   Servers         what contests of servers have in common
 * </pre>
 *
 * <p>Ours is measured once a round and compared with each rival.
 */
@NullMarked
package systems.benchmarks.contest;

import org.jspecify.annotations.NullMarked;
