/** Records in 32 KiB blocks: the framing that the write-ahead log and the MANIFEST share. */
@NullMarked
package systems.kvstore.log;

import org.jspecify.annotations.NullMarked;
