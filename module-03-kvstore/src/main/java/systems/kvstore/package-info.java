/**
 * A log-structured key-value store whose directory RocksDB opens, and that opens RocksDB's.
 *
 * <pre>
 *   tool       kvs, ldb, sst_dump and db_bench style commands
 *     |
 *   lsm        LsmStore: commit, flush, compaction, manifest      bitcask   the phase-1 engine
 *     |                                                             |
 *   table      memtable, blocks, filters, sorted tables, cache      |
 *     |                                                             |
 *   log        record log of 32 KiB blocks: WAL and MANIFEST        |
 *     |                                                             |
 *   fs         files, their syncs, and the ways they fail  &lt;--------+
 *     |
 *   (this)     KvStore, WriteBatch, Durability, KvException
 *     |
 *   format     varints, fixed integers, checksums
 * </pre>
 */
@NullMarked
package systems.kvstore;

import org.jspecify.annotations.NullMarked;
