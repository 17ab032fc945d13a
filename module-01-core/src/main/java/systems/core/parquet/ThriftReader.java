package systems.core.parquet;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Structures in Thrift's compact protocol, as Parquet keeps its footer and the headers of pages.
 *
 * <pre>
 *   field      | id - last id : 4 | type : 4 |  value        the id's step is 1 to 15
 *              | 0            : 4 | type : 4 |  id, zigzag   value     else
 *   end        | 0                           |
 *   list       | size : 4 | type : 4 |  elements             size is 0 to 14
 *              | 15   : 4 | type : 4 |  size, varint   elements
 *   i16 ... 64 zigzag varint        binary  length, varint   bytes
 *   boolean    is the type of its field; in a list it is a byte
 * </pre>
 *
 * <p>A reader of a structure asks for the {@link #next} field and then for its value in the type
 * that it expects, or {@link #skip}s what it does not know: that is how the format has grown for
 * ten years. Nothing here trusts a length: a string and a list have at most as many bytes and
 * elements as bytes are left, nesting ends at {@link #DEPTH_MAX}.
 *
 * <p>Source: Apache Thrift, doc/specs/thrift-compact-protocol.md.
 */
final class ThriftReader {
  /** What {@link #next} says behind the last field. */
  static final int STOP = Integer.MIN_VALUE;

  static final int TRUE = 1;
  static final int FALSE = 2;
  static final int BYTE = 3;
  static final int I16 = 4;
  static final int I32 = 5;
  static final int I64 = 6;
  static final int DOUBLE = 7;
  static final int BINARY = 8;
  static final int LIST = 9;
  static final int SET = 10;
  static final int MAP = 11;
  static final int STRUCT = 12;

  /** Structures within structures; Parquet needs eight. */
  static final int DEPTH_MAX = 24;

  private static final int SHORT_FORM = 15;

  /** How a value is made of what comes next. */
  interface Reading<T> {
    T read(ThriftReader in) throws ParquetException;
  }

  private final Window in;

  /** The id of the last field, of each structure that is open. */
  private final int[] lastIds = new int[DEPTH_MAX + 1];

  private int depth;

  /** The type of the value that comes next. */
  private int type = STRUCT;

  ThriftReader(Window in) {
    this.in = in;
  }

  /** An error at this place. */
  ParquetException wrong(String expected, String found) {
    return in.wrong(expected, found);
  }

  /** Begins the structure that comes next. */
  void begin() throws ParquetException {
    expect(STRUCT);
    if (depth == DEPTH_MAX) {
      throw wrong("at most " + DEPTH_MAX + " structures in each other", "one more");
    }
    lastIds[++depth] = 0;
  }

  /** The id of the next field, or {@link #STOP} after the last; the structure is then left. */
  int next() throws ParquetException {
    //> phase 7: four bits of step and four of type; what if the step does not fit?
    int header = in.u8("the header of a field");
    if (header == 0) {
      depth--;
      return STOP;
    }
    type = header & 15;
    int step = header >>> 4;
    long id = step == 0 ? in.zigzag("the id of a field") : lastIds[depth] + step;
    if (type == 0 || type > STRUCT || id != (short) id) {
      throw wrong("a field of a known type", "type " + type + ", id " + id);
    }
    lastIds[depth] = (int) id; //~ idsFromZero: lastIds[depth] = 0;
    return (int) id;
    //< phase 7
  }

  private void expect(int wanted) throws ParquetException {
    if (type != wanted) {
      throw wrong("Thrift type " + wanted, "type " + type);
    }
  }

  boolean bool() throws ParquetException {
    if (type != TRUE && type != FALSE) {
      throw wrong("a boolean", "Thrift type " + type);
    }
    return type == TRUE;
  }

  byte i8() throws ParquetException {
    expect(BYTE);
    return (byte) in.u8("a byte");
  }

  int i32() throws ParquetException {
    expect(I32);
    long value = in.zigzag("a number");
    if (value != (int) value) {
      throw wrong("a number of 32 bits", String.valueOf(value));
    }
    return (int) value;
  }

  long i64() throws ParquetException {
    expect(I64);
    return in.zigzag("a number");
  }

  byte[] binary() throws ParquetException {
    expect(BINARY);
    int length = in.count("a length", in.left());
    byte[] value = new byte[length];
    System.arraycopy(in.bytes, in.take(length, "a string"), value, 0, length);
    return value;
  }

  String string() throws ParquetException {
    return new String(binary(), StandardCharsets.UTF_8);
  }

  <T> List<T> list(Reading<T> reading) throws ParquetException {
    expect(LIST);
    int size = size();
    int elements = type;
    var list = new ArrayList<T>(Math.min(size, 1024));
    for (int i = 0; i < size; i++) {
      type = elements;
      list.add(reading.read(this));
    }
    return list;
  }

  /** The size of a list; the type of its elements is then the one that comes next. */
  private int size() throws ParquetException {
    int header = in.u8("the header of a list");
    type = header & 15;
    int size = header >>> 4;
    return size < SHORT_FORM ? bounded(size) : in.count("the size of a list", in.left());
  }

  private int bounded(int size) throws ParquetException {
    in.need(size, "a list"); // every element has a byte at least
    return size;
  }

  long[] longs() throws ParquetException {
    expect(LIST);
    long[] values = new long[size()];
    int elements = type;
    for (int i = 0; i < values.length; i++) {
      type = elements;
      values[i] = i64();
    }
    return values;
  }

  boolean[] bools() throws ParquetException {
    expect(LIST);
    boolean[] values = new boolean[size()];
    if (type != TRUE && type != FALSE) {
      throw wrong("a list of booleans", "Thrift type " + type);
    }
    for (int i = 0; i < values.length; i++) {
      values[i] = in.u8("a boolean") == TRUE; // false is 2, and 0 with older writers
    }
    return values;
  }

  /** Passes over the value that comes next. */
  void skip() throws ParquetException {
    skip(type, depth);
  }

  private void skip(int skipped, int level) throws ParquetException {
    if (level > DEPTH_MAX) {
      throw wrong("at most " + DEPTH_MAX + " values in each other", "one more");
    }
    switch (skipped) {
      case TRUE, FALSE -> {}
      case BYTE -> in.u8("a byte");
      case I16, I32, I64 -> in.varint("a number");
      case DOUBLE -> in.take(8, "a number");
      case BINARY -> in.take(in.count("a length", in.left()), "a string");
      case LIST, SET -> {
        int size = size();
        skipElements(type, size, level);
      }
      case MAP -> skipMap(level);
      case STRUCT -> skipFields(level);
      default -> throw wrong("a Thrift type of 1 to 12", String.valueOf(skipped));
    }
  }

  private void skipElements(int elements, int size, int level) throws ParquetException {
    for (int i = 0; i < size; i++) {
      skip(elements <= FALSE ? BYTE : elements, level + 1);
    }
  }

  private void skipMap(int level) throws ParquetException {
    int size = in.count("the size of a map", in.left());
    int types = size == 0 ? 0 : in.u8("the types of a map");
    for (int i = 0; i < size; i++) {
      skipElements(types >>> 4, 1, level);
      skipElements(types & 15, 1, level);
    }
  }

  private void skipFields(int level) throws ParquetException {
    for (int header = in.u8("a field"); header != 0; header = in.u8("a field")) {
      if (header >>> 4 == 0) {
        in.varint("the id of a field");
      }
      skip(header & 15, level + 1);
    }
  }
}
