/**
 * The key-value store of module 03 against RocksDB, tuned, through its Java binding.
 *
 * <pre>
 *   KvBench         the driver: rounds, turns, progress, results
 *     |  one child process for each (system, workload, round)
 *   Worker          the child: opens a store, runs one workload, prints one line
 *     |
 *   FillRuns  ReadRuns  MixedRuns  OpenRuns      the workloads' bodies
 *     |
 *   Engine          what a workload may ask of a system
 *    / \
 *   LsmEngine  RocksEngine
 *
 *   Workload, Scale                              what is measured, on how much, and what is aimed at
 *   Round                                        the rounds become figures
 *   ...Kernel                                    JMH benchmarks of single parts
 * </pre>
 */
@NullMarked
package systems.benchmarks.kvstore;

import org.jspecify.annotations.NullMarked;
