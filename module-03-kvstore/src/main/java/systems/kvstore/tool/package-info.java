/**
 * The command line: the store's own tools in the words of RocksDB's.
 *
 * <pre>
 *   Main ---+--- Ldb          put get scan dump ...   the store as its users see it
 *           |     DumpWal, InternalDump               its files as they are
 *           +--- SstDump      one table
 *           +--- Verify       every file of a directory, damage with file and offset
 *           +--- Levels       the tree as a picture
 *           +--- Checksum     one number over everything, to compare engines by
 *           +--- DbBench      workloads and their rates
 *           +--- CrashLoop    a writer that is killed again and again
 *           +--- Kvs          the engine of phase 1
 * </pre>
 *
 * <p>Commands share three things: {@code Terminal} for bytes out and one sentence of failure,
 * {@code Notation} for keys and values as text or hex, {@code Tuning} for how a store is opened.
 */
@NullMarked
package systems.kvstore.tool;

import org.jspecify.annotations.NullMarked;
