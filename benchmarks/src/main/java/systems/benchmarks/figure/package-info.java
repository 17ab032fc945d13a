/**
 * Rounds become figures, figures become files.
 *
 * <pre>
 *   Subject      what is measured, against whom, and what is aimed at (Goal)
 *     |  values of each round, by Metric
 *   Figure       the ratio, with its spread
 *     |
 *   Results      benchmarks/results/MODULE.json     Report    .md, .svg and the console
 *   Baseline     benchmarks/baselines/ARCH/MODULE.json
 * </pre>
 */
@NullMarked
package systems.benchmarks.figure;

import org.jspecify.annotations.NullMarked;
