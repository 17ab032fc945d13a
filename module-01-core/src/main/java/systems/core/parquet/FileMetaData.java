package systems.core.parquet;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The footer: the schema as a tree that was flattened from the root on, parents before children,
 * and the row groups with their chunks, a chunk for each leaf of the tree.
 *
 * @param orders by which bounds of each leaf are meant: the number of the union's field, 0 if
 *     unknown; empty if the file says nothing
 */
record FileMetaData(
    List<Element> schema,
    long rows,
    List<RowGroup> groups,
    String createdBy,
    List<Integer> orders) {
  static final int VERSION = 1;
  static final int TYPE_ORDER = 1;
  static final int TOTAL_ORDER = 2;

  static final int REQUIRED = 0;
  static final int OPTIONAL = 1;
  static final int REPEATED = 2;

  static FileMetaData read(ThriftReader in) throws ParquetException {
    List<Element> schema = List.of();
    long rows = -1;
    List<RowGroup> groups = List.of();
    String createdBy = "";
    List<Integer> orders = List.of();
    in.begin();
    for (int id = in.next(); id != ThriftReader.STOP; id = in.next()) {
      switch (id) {
        case 2 -> schema = in.list(Element::read);
        case 3 -> rows = in.i64();
        case 4 -> groups = in.list(RowGroup::read);
        case 6 -> createdBy = in.string();
        case 7 -> orders = in.list(FileMetaData::order);
        default -> in.skip();
      }
    }
    if (schema.isEmpty() || rows < 0) {
      throw in.wrong("a schema and a number of rows", schema.size() + " elements, " + rows);
    }
    return new FileMetaData(schema, rows, groups, createdBy, orders);
  }

  private static int order(ThriftReader in) throws ParquetException {
    int order = 0;
    in.begin();
    for (int id = in.next(); id != ThriftReader.STOP; id = in.next()) {
      order = id;
      in.skip();
    }
    return order;
  }

  void write(ThriftWriter out) {
    out.begin();
    out.i32(1, VERSION);
    out.structs(2, schema, Element::write);
    out.i64(3, rows);
    out.structs(4, groups, RowGroup::write);
    out.string(6, createdBy);
    out.structs(
        7,
        orders,
        (order, thrift) -> {
          thrift.begin();
          thrift.begin(order);
          thrift.end();
          thrift.end();
        });
    out.end();
  }

  /**
   * A node of the schema.
   *
   * @param type null of a group
   * @param repetition required, optional or repeated; of the root nothing
   * @param children of a group, how many
   * @param converted the older annotation, which is written beside the newer; -1 if there is none
   */
  record Element(
      @Nullable PhysicalType type,
      int repetition,
      String name,
      int children,
      int converted,
      @Nullable LogicalType logical) {
    static Element read(ThriftReader in) throws ParquetException {
      PhysicalType type = null;
      int repetition = REQUIRED;
      String name = null;
      int children = 0;
      int converted = -1;
      int scale = 0;
      int precision = 0;
      LogicalType logical = null;
      in.begin();
      for (int id = in.next(); id != ThriftReader.STOP; id = in.next()) {
        switch (id) {
          case 1 -> type = PhysicalType.read(in);
          case 3 -> repetition = in.i32();
          case 4 -> name = in.string();
          case 5 -> children = in.i32();
          case 6 -> converted = in.i32();
          case 7 -> scale = in.i32();
          case 8 -> precision = in.i32();
          case 10 -> logical = LogicalType.read(in);
          default -> in.skip();
        }
      }
      if (name == null || repetition < REQUIRED || repetition > REPEATED) {
        throw in.wrong("a column with name and repetition", name + ", " + repetition);
      }
      if (logical == null && converted >= 0) {
        logical = LogicalType.ofConverted(converted, scale, precision);
      }
      return new Element(type, repetition, name, children, converted, logical);
    }

    void write(ThriftWriter out) {
      out.begin();
      if (type != null) {
        out.i32(1, type.code);
        out.i32(3, repetition);
      }
      out.string(4, name);
      if (type == null) {
        out.i32(5, children);
      }
      if (converted >= 0) {
        out.i32(6, converted);
      }
      if (logical != null) {
        LogicalType.write(out, 10, logical);
      }
      out.end();
    }
  }

  /**
   * @param bytes of all its chunks, uncompressed
   * @param compressed of all its chunks, in the file
   */
  record RowGroup(List<Chunk> chunks, long bytes, long rows, long compressed) {
    static RowGroup read(ThriftReader in) throws ParquetException {
      List<Chunk> chunks = List.of();
      long bytes = 0;
      long rows = -1;
      in.begin();
      for (int id = in.next(); id != ThriftReader.STOP; id = in.next()) {
        switch (id) {
          case 1 -> chunks = in.list(Chunk::read);
          case 2 -> bytes = in.i64();
          case 3 -> rows = in.i64();
          default -> in.skip(); // of 6, the compressed size, many writers leave nothing
        }
      }
      if (rows < 0) {
        throw in.wrong("a row group with a number of rows", String.valueOf(rows));
      }
      long compressed = 0;
      for (Chunk chunk : chunks) {
        compressed += chunk.compressed;
      }
      return new RowGroup(chunks, bytes, rows, compressed);
    }

    void write(ThriftWriter out) {
      out.begin();
      out.structs(1, chunks, Chunk::write);
      out.i64(2, bytes);
      out.i64(3, rows);
      out.i64(5, chunks.getFirst().start());
      out.i64(6, compressed);
      out.end();
    }
  }

  /** Where something lies in the file; of length 0 if it is not there. */
  record Section(long offset, int length) {
    static final Section NONE = new Section(0, 0);
  }

  /** How many pages there are of a kind (0 data, 2 dictionary, 3 data v2) and an encoding. */
  record PageCount(int kind, Encoding encoding, int pages) {
    static PageCount read(ThriftReader in) throws ParquetException {
      int kind = 0;
      Encoding encoding = Encoding.UNKNOWN;
      int pages = 0;
      in.begin();
      for (int id = in.next(); id != ThriftReader.STOP; id = in.next()) {
        switch (id) {
          case 1 -> kind = in.i32();
          case 2 -> encoding = Encoding.read(in);
          case 3 -> pages = in.i32();
          default -> in.skip();
        }
      }
      return new PageCount(kind, encoding, pages);
    }

    void write(ThriftWriter out) {
      out.begin();
      out.i32(1, kind);
      out.i32(2, encoding.code);
      out.i32(3, pages);
      out.end();
    }
  }

  /**
   * The values of a column in a row group: {@code ColumnChunk} and the {@code ColumnMetaData} that
   * is in it.
   *
   * @param elsewhere whether the pages lie in another file
   * @param encrypted whether nobody can read them without a key
   * @param values how many, the absent ones included
   * @param dataOffset of the first data page
   * @param dictionaryOffset of the dictionary page; 0 if there is none
   */
  record Chunk(
      boolean elsewhere,
      boolean encrypted,
      @Nullable PhysicalType type,
      Set<Encoding> encodings,
      List<String> path,
      Codec codec,
      long values,
      long uncompressed,
      long compressed,
      long dataOffset,
      long dictionaryOffset,
      Statistics statistics,
      List<PageCount> pageCounts,
      Section bloom,
      Section offsetIndex,
      Section columnIndex) {

    /** Where its first page begins. */
    long start() {
      return dictionaryOffset > 0 && dictionaryOffset < dataOffset ? dictionaryOffset : dataOffset;
    }

    static Chunk read(ThriftReader in) throws ParquetException {
      var chunk = new Draft();
      in.begin();
      for (int id = in.next(); id != ThriftReader.STOP; id = in.next()) {
        switch (id) {
          case 1 -> {
            in.skip();
            chunk.elsewhere = true;
          }
          case 3 -> chunk.readMetaData(in);
          case 4 -> chunk.offsetIndexAt = in.i64();
          case 5 -> chunk.offsetIndexLength = in.i32();
          case 6 -> chunk.columnIndexAt = in.i64();
          case 7 -> chunk.columnIndexLength = in.i32();
          case 8, 9 -> {
            in.skip();
            chunk.encrypted = true;
          }
          default -> in.skip();
        }
      }
      if (chunk.type == null && !chunk.encrypted) {
        throw in.wrong("the metadata of a column chunk", "none");
      }
      return chunk.finish();
    }

    void write(ThriftWriter out) {
      out.begin();
      out.i64(2, 0);
      out.begin(3);
      writeMetaData(out);
      out.end();
      if (offsetIndex.length > 0) {
        out.i64(4, offsetIndex.offset);
        out.i32(5, offsetIndex.length);
      }
      if (columnIndex.length > 0) {
        out.i64(6, columnIndex.offset);
        out.i32(7, columnIndex.length);
      }
      out.end();
    }

    private void writeMetaData(ThriftWriter out) {
      //> phase 7: fields 1 to 15 of ColumnMetaData; which of them may be left out?
      if (type == null) {
        throw new AssertionError("a chunk that is written has a type");
      }
      out.i32(1, type.code);
      out.ints(2, encodings.stream().map(encoding -> encoding.code).toList());
      out.strings(3, path);
      out.i32(4, codec.code);
      out.i64(5, values);
      out.i64(6, uncompressed);
      out.i64(7, compressed);
      out.i64(9, dataOffset);
      if (dictionaryOffset > 0) {
        out.i64(11, dictionaryOffset);
      }
      statistics.write(out, 12);
      out.structs(13, pageCounts, PageCount::write);
      if (bloom.length > 0) {
        out.i64(14, bloom.offset);
        out.i32(15, bloom.length);
      }
      //< phase 7
    }

    /** The same chunk with its indexes at these places. */
    Chunk indexed(Section bloomPlace, Section offsets, Section bounds) {
      return new Chunk(
          elsewhere,
          encrypted,
          type,
          encodings,
          path,
          codec,
          values,
          uncompressed,
          compressed,
          dataOffset,
          dictionaryOffset,
          statistics,
          pageCounts,
          bloomPlace,
          offsets,
          bounds);
    }
  }

  /** A chunk of which not everything is read yet. */
  private static final class Draft {
    private boolean elsewhere;
    private boolean encrypted;
    private @Nullable PhysicalType type;
    private final EnumSet<Encoding> encodings = EnumSet.noneOf(Encoding.class);
    private List<String> path = List.of();
    private Codec codec = Codec.UNCOMPRESSED;
    private long values;
    private long uncompressed;
    private long compressed;
    private long dataOffset;
    private long dictionaryOffset;
    private Statistics statistics = Statistics.NONE;
    private List<PageCount> pageCounts = List.of();
    private long bloomAt;
    private int bloomLength;
    private long offsetIndexAt;
    private int offsetIndexLength;
    private long columnIndexAt;
    private int columnIndexLength;

    private void readMetaData(ThriftReader in) throws ParquetException {
      in.begin();
      for (int id = in.next(); id != ThriftReader.STOP; id = in.next()) {
        switch (id) {
          case 1 -> type = PhysicalType.read(in);
          case 2 -> encodings.addAll(in.list(Encoding::read));
          case 3 -> path = in.list(ThriftReader::string);
          case 4 -> codec = Codec.read(in);
          case 5 -> values = in.i64();
          case 6 -> uncompressed = in.i64();
          case 7 -> compressed = in.i64();
          case 9 -> dataOffset = in.i64();
          case 11 -> dictionaryOffset = in.i64();
          case 12 -> statistics = Statistics.read(in);
          case 13 -> pageCounts = in.list(PageCount::read);
          case 14 -> bloomAt = in.i64();
          case 15 -> bloomLength = in.i32();
          default -> in.skip();
        }
      }
      if (type == null) {
        throw in.wrong("the type of a column chunk", "none");
      }
    }

    private Chunk finish() {
      return new Chunk(
          elsewhere,
          encrypted,
          type,
          encodings,
          path,
          codec,
          values,
          uncompressed,
          compressed,
          dataOffset,
          dictionaryOffset,
          statistics,
          pageCounts,
          new Section(bloomAt, bloomLength),
          new Section(offsetIndexAt, offsetIndexLength),
          new Section(columnIndexAt, columnIndexLength));
    }
  }
}
