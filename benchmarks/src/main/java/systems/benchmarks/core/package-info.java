/**
 * Module 01 against its rivals: caches against Caffeine and {@code LinkedHashMap}, rings against
 * JCTools, slabs against Netty and malloc, LZ4 against lz4-java, columns against DuckDB.
 *
 * <pre>
 *   CoreBench       the command
 *     |
 *   CacheContests  KernelContests  ColumnContests     what is done, by whom, and the goals
 *     |
 *   CacheRun  MemoryRun  RingRun  OneBrcRun  ColumnsRun  SizeRun     what an entrant's process does
 *   Requests  InputFiles                                             on which data
 *
 *   DuckDb  Streams       rivals as commands, for the demo
 * </pre>
 *
 * <p>JMH kernels of single operations lie in the packages of what they measure, {@code
 * systems.core.*}, since much of that is package-private.
 */
@NullMarked
package systems.benchmarks.core;

import org.jspecify.annotations.NullMarked;
