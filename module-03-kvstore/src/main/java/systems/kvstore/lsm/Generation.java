package systems.kvstore.lsm;

import systems.kvstore.table.MemTable;

/**
 * A memtable and the oldest log that holds any of its writes: once it is a table on disk, logs
 * before the next generation's first are obsolete.
 */
record Generation(MemTable table, long firstLog) {}
