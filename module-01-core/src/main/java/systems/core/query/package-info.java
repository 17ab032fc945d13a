/**
 * SQL on one table: read, checked, planned, and answered column by column, on all processors and
 * within a bound of memory.
 *
 * <pre>
 *   Query        text -&gt; Lexer -&gt; Parser -&gt; Syntax
 *     | on(schema)
 *   Statement    Syntax -&gt; Binder -&gt; Expr, Interval -&gt; Plan
 *     | run
 *   Execution    threads take morsels
 *     +-- Filter         Batch -&gt; Selection; strings by their dictionaries
 *     +-- Evaluation     Expr -&gt; Vector
 *     +-- Aggregation    Groups: KeyTable, DirectIndex, Accumulator; spilled by hash
 *     |     +-- FilteredSums  the short cut through the Kernels
 *     +-- Tail           TopRows or RowSorter, spilled in runs
 *     +-- Output         limit
 * </pre>
 *
 * <p>Answers are those of DuckDB. Where they differ:
 *
 * <ul>
 *   <li>A sum of integers is exact but must fit into 64 bits; DuckDB gives a HUGEINT.
 *   <li>A number with a point is a double; DuckDB has decimals.
 *   <li>Integers have 64 bits; literals of DuckDB have 32 where they fit.
 * </ul>
 *
 * <p>What is absent: joins, subqueries, window functions, functions of strings.
 */
@NullMarked
package systems.core.query;

import org.jspecify.annotations.NullMarked;
