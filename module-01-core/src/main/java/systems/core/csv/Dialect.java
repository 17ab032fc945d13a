package systems.core.csv;

/**
 * How the text of a file is to be cut.
 *
 * @param delimiter between fields
 * @param columns of each record
 * @param begin of the first record that is not the header
 */
record Dialect(byte delimiter, int columns, long begin) {}
