/**
 * The engine of phase 1: an append-only log of records and a hash index of it in memory, after
 * Sheehy and Smith, "Bitcask: A Log-Structured Hash Table for Fast Key/Value Data" (Basho, 2010).
 *
 * <pre>
 *   BitcaskStore      put, get, delete, sync: locks, fence, group commit
 *     |      \
 *   Recovery  Merge   what opening reads; how garbage leaves
 *     |      /
 *   ActiveFile        the end of the log, where writes go
 *     |
 *   DataFile          one file of the log        DataScanner   its records in order
 *     |
 *   Record  Hint      bytes of a record; a data file's keys without its values
 *
 *   KeyDir            key -&gt; file, position, length
 * </pre>
 */
@NullMarked
package systems.kvstore.bitcask;

import org.jspecify.annotations.NullMarked;
