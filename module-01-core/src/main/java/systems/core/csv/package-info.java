/**
 * Text in, columns out: comma-separated values as RFC 4180 describes them and as people write them.
 *
 * <pre>
 *   CsvTable      opens a file (CsvFile): what a CsvFormat does not say, a Sniffer finds out
 *     |
 *     +-- Cuts            where morsels begin; a cut may fall between two quotes (QuoteStates)
 *     |
 *     +-- CsvCursor       columns of a morsel into vectors
 *           +-- RecordReader    where each field ends, 64 bytes at a time (Word)
 *           +-- Numeral, Moment, Utf8      what a field means
 *           +-- Lexicon         strings that come again and again, as codes
 *
 *   CsvWriter     the way back
 *   Measurements  one table and one question only: mean temperatures of stations
 * </pre>
 */
@NullMarked
package systems.core.csv;

import org.jspecify.annotations.NullMarked;
