/**
 * Three exercises on the machine itself: a cache, memory and lock-free structures, and a columnar
 * file processor.
 *
 * <pre>
 *   tool          colt (convert, sql, inspect, 1brc) and the cache simulator
 *     |
 *     +-- cache         bounded caches and their policies; the JCache provider
 *     |
 *     +-- query         SQL, vectors, aggregation over morsels ----+
 *     +-- parquet       files of columns: Thrift, encodings, pages |
 *     |     +-- codec       LZ4, Snappy, hashes, bit-packing       |
 *     +-- csv           text in, columns out                       |
 *     |                                                            |
 *     +-- column        a table as all three of them see it -------+
 *     |
 *     +-- concurrent    rings, stacks, seqlock, wait strategies
 *     +-- memory        arena, slab and buddy allocators over one segment
 * </pre>
 *
 * <p>Dependencies point downwards only, and the two lower groups know nothing of each other.
 */
@NullMarked
package systems.core;

import org.jspecify.annotations.NullMarked;
