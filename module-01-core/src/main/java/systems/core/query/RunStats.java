package systems.core.query;

/**
 * What a run has done.
 *
 * @param morsels pieces of the table that were begun
 * @param rowsScanned what the table brought
 * @param rowsReturned what the answer has
 * @param spilledBytes what was written to temporary files
 */
public record RunStats(long morsels, long rowsScanned, long rowsReturned, long spilledBytes) {}
