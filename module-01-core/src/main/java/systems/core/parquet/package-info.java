/**
 * Tables in Apache Parquet: columns apart from each other, in pages that are encoded and
 * compressed, with a footer that says where everything is.
 *
 * <pre>
 *   "PAR1"
 *   row group 0     column chunk 0   [dictionary page] [data page] [data page] ...
 *                   column chunk 1   [data page] ...
 *   row group 1     ...
 *   column indexes  of each chunk the least and greatest value of its pages
 *   offset indexes  of each chunk where its pages lie and with which row they begin
 *   footer          schema; of each chunk place, codec, encodings, statistics
 *   length of the footer, 4 bytes; "PAR1"
 * </pre>
 *
 * <p>What is read and what is written, from the outside in:
 *
 * <pre>
 *   ParquetTable    file -> morsels                  ParquetWriter   batches -> row groups
 *     Pruning         which rows can be wanted         ColumnBuffer    a row group's values
 *     GroupCursor     rows of a group -> batches       ChunkWriter     encodings race, pages
 *       ColumnReader    pages -> vectors                 Statistics      least and greatest
 *         ChunkPages      chunk -> pages
 *         RunReader, DeltaReader, LongValues, ...      RunWriter, DeltaWriter
 *   MappedFile      the one place that touches it    Sink            bytes that grow
 *
 *   FileMetaData, PageHeader, PageIndex  in Thrift's compact protocol: ThriftReader, ThriftWriter
 * </pre>
 *
 * <p>Read are flat columns; what is nested, repeated, or of a type that no {@link
 * systems.core.column.ColumnType} holds is refused by its name when somebody asks for it, and does
 * not keep others from being read.
 *
 * <p>Source: Apache Parquet, <a href="https://github.com/apache/parquet-format">parquet-format</a>:
 * parquet.thrift, Encodings.md, Compression.md, PageIndex.md, BloomFilter.md.
 */
@NullMarked
package systems.core.parquet;

import org.jspecify.annotations.NullMarked;
