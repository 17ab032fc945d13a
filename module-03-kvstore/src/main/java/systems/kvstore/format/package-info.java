/** The byte-level encodings of RocksDB's files: integers, varints, checksums, hashes. */
@NullMarked
package systems.kvstore.format;

import org.jspecify.annotations.NullMarked;
