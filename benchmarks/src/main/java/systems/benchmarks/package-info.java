/**
 * Benchmarks: the parts that every module's comparison shares. A figure is a ratio to a rival that
 * ran in turns with ours, in fresh processes, and is written down with its spread.
 *
 * <pre>
 *   Bench           the command: bench kvstore, bench core, bench jmh
 *     |
 *   kvstore.*       one package a module: what is measured, on what, against whom
 *     |
 *   ChildJvm        one measurement is one process
 *   figure          values of rounds become figures, files and charts
 *   Spread          five rounds become median, min and max
 *   RatioChart      ratios on a logarithmic axis, as SVG
 *   Json, Machine   what a results file is made of
 * </pre>
 */
@NullMarked
package systems.benchmarks;

import org.jspecify.annotations.NullMarked;
