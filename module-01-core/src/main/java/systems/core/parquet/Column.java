package systems.core.parquet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.core.column.ColumnType;
import systems.core.column.Field;
import systems.core.column.Value;

/**
 * A column of the table: a child of the schema's root, and how its values become those of a vector.
 *
 * <pre>
 *   in the file                              in a vector
 *   BOOLEAN                                  BOOLEAN
 *   INT32, INT64: none, INTEGER              LONG; of 64 bits without a sign only below 2^63
 *   INT32: DATE                              DATE
 *   INT64: TIMESTAMP                         TIMESTAMP in microseconds; nanoseconds are cut off
 *   FLOAT, DOUBLE                            DOUBLE
 *   INT32, INT64: DECIMAL                    DOUBLE, the nearest one up to 15 digits
 *   BYTE_ARRAY: none, STRING, ENUM, JSON     STRING, the bytes as they are
 * </pre>
 *
 * <p>All else is refused by its name: nested and repeated columns, INT96, arrays of fixed length
 * (UUID, FLOAT16, DECIMAL of more than 18 digits, INTERVAL), TIME, BSON and what came later.
 *
 * @param chunk of each row group that has its values; of a refused group, its first
 * @param field as the table shows it; of a refused column a nullable string
 * @param physical type of its values in the file
 * @param meaning what is done with an integer after it was decoded
 * @param divisor of a DECIMAL, else 1
 * @param refusal why it cannot be read, or null
 */
record Column(
    int chunk,
    Field field,
    PhysicalType physical,
    Meaning meaning,
    double divisor,
    @Nullable String refusal) {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int NODES_MAX = 1 << 20;

  /** How an integer in the file becomes one in a vector. */
  enum Meaning {
    /** It is the same. */
    SAME,
    /** Of 32 bits without a sign. */
    UNSIGNED_INT,
    /** Of 64 bits without a sign. */
    UNSIGNED_LONG,
    MILLIS,
    NANOS
  }

  /** A micro- or millisecond beyond this overflows. */
  private static final long MILLIS_MAX = Long.MAX_VALUE / 1000;

  /** The columns of a schema that was flattened. */
  static List<Column> of(Path file, List<FileMetaData.Element> schema) throws ParquetException {
    int children = schema.getFirst().children();
    if (children < 0 || children > schema.size() - 1 || schema.size() > NODES_MAX) {
      throw ParquetException.refused(
          file, "the schema's root has " + children + " columns among " + schema.size());
    }
    var columns = new ArrayList<Column>(children);
    int chunk = 0;
    int node = 1;
    for (int i = 0; i < children; i++) {
      if (node == schema.size()) {
        throw ParquetException.refused(file, "the schema ends within its columns");
      }
      columns.add(of(chunk, schema.get(node)));
      int end = endOf(file, schema, node);
      chunk += leaves(schema, node, end);
      node = end;
    }
    return columns;
  }

  /** The node behind a subtree. */
  private static int endOf(Path file, List<FileMetaData.Element> schema, int root)
      throws ParquetException {
    long open = 1;
    int node = root;
    while (open > 0) {
      if (node == schema.size()) {
        throw ParquetException.refused(file, "the schema ends within its columns");
      }
      open += Math.max(0, schema.get(node).children()) - 1;
      node++;
    }
    return node;
  }

  private static int leaves(List<FileMetaData.Element> schema, int from, int to) {
    int leaves = 0;
    for (int i = from; i < to; i++) {
      leaves += schema.get(i).type() == null ? 0 : 1;
    }
    return leaves;
  }

  private static Column of(int chunk, FileMetaData.Element element) {
    boolean optional = element.repetition() == FileMetaData.OPTIONAL;
    PhysicalType physical = element.type();
    if (physical == null || element.children() > 0) {
      return refused(chunk, element, "is nested");
    }
    if (element.repetition() == FileMetaData.REPEATED) {
      return refused(chunk, element, "is repeated");
    }
    ColumnType type = type(physical, element.logical());
    if (type == null) {
      LogicalType logical = element.logical();
      return refused(
          chunk, element, "is of type " + physical + (logical == null ? "" : ", " + logical));
    }
    return new Column(
        chunk,
        new Field(element.name(), type, optional),
        physical,
        meaning(physical, element.logical()),
        divisor(element.logical()),
        null);
  }

  private static Column refused(int chunk, FileMetaData.Element element, String why) {
    return new Column(
        chunk,
        new Field(element.name(), ColumnType.STRING, true),
        PhysicalType.BYTE_ARRAY,
        Meaning.SAME,
        1,
        "column " + element.name() + " " + why + ", which is not read");
  }

  private static @Nullable ColumnType type(PhysicalType physical, @Nullable LogicalType logical) {
    return switch (physical) {
      case BOOLEAN -> ColumnType.BOOLEAN;
      case INT32 ->
          switch (logical) {
            case null -> ColumnType.LONG;
            case LogicalType.Simple.DATE -> ColumnType.DATE;
            case LogicalType.Simple.UNKNOWN -> ColumnType.LONG;
            case LogicalType.Int(int bits, _) when bits <= 32 -> ColumnType.LONG;
            case LogicalType.Decimal decimal when isScaled(decimal) -> ColumnType.DOUBLE;
            default -> null;
          };
      case INT64 ->
          switch (logical) {
            case null -> ColumnType.LONG;
            case LogicalType.Simple.UNKNOWN -> ColumnType.LONG;
            case LogicalType.Int _ -> ColumnType.LONG;
            case LogicalType.Timestamp _ -> ColumnType.TIMESTAMP;
            case LogicalType.Decimal decimal when isScaled(decimal) -> ColumnType.DOUBLE;
            default -> null;
          };
      case FLOAT, DOUBLE -> ColumnType.DOUBLE;
      case BYTE_ARRAY ->
          switch (logical) {
            case null -> ColumnType.STRING;
            case LogicalType.Simple simple ->
                switch (simple) {
                  case STRING, ENUM, JSON, UNKNOWN -> ColumnType.STRING;
                  case MAP, LIST, DATE, BSON, UUID, FLOAT16, VARIANT, GEOMETRY, GEOGRAPHY, FILE ->
                      null;
                };
            default -> null;
          };
      case INT96, FIXED_LEN_BYTE_ARRAY -> null;
    };
  }

  private static boolean isScaled(LogicalType.Decimal decimal) {
    return decimal.scale() >= 0 && decimal.scale() <= 18;
  }

  private static Meaning meaning(PhysicalType physical, @Nullable LogicalType logical) {
    return switch (logical) {
      case LogicalType.Int(_, boolean signed) when !signed ->
          physical == PhysicalType.INT64 ? Meaning.UNSIGNED_LONG : Meaning.UNSIGNED_INT;
      case LogicalType.Timestamp(_, LogicalType.Unit unit) ->
          switch (unit) {
            case MILLIS -> Meaning.MILLIS;
            case MICROS -> Meaning.SAME;
            case NANOS -> Meaning.NANOS;
          };
      case null, default -> Meaning.SAME;
    };
  }

  private static double divisor(@Nullable LogicalType logical) {
    return logical instanceof LogicalType.Decimal(int scale, _) ? Math.pow(10, scale) : 1;
  }

  String name() {
    return field.name();
  }

  ColumnType type() {
    return field.type();
  }

  boolean isOptional() {
    return field.nullable();
  }

  /** Makes of the integers in a file those of a vector, in place. */
  void convert(long[] values, int at, int count, Window page) throws ParquetException {
    switch (meaning) {
      case SAME -> {}
      case UNSIGNED_INT -> {
        for (int i = at; i < at + count; i++) {
          values[i] &= 0xffff_ffffL;
        }
      }
      case UNSIGNED_LONG -> {
        long all = 0;
        for (int i = at; i < at + count; i++) {
          all |= values[i];
        }
        if (all < 0) {
          throw page.wrong("values of column " + name() + " below 2^63", "a greater one");
        }
      }
      case MILLIS -> {
        for (int i = at; i < at + count; i++) {
          if (values[i] > MILLIS_MAX || values[i] < -MILLIS_MAX) {
            throw page.wrong(
                "a time in column " + name() + " of 64 bits of microseconds",
                values[i] + " milliseconds");
          }
          values[i] *= 1000;
        }
      }
      case NANOS -> {
        for (int i = at; i < at + count; i++) {
          values[i] = Math.floorDiv(values[i], 1000L);
        }
      }
    }
  }

  /**
   * A bound in statistics as a value, or null if it says nothing: it is not there, is NaN, or has
   * not the length that its type has.
   */
  @Nullable Value bound(byte @Nullable [] plain) {
    if (plain == null || refusal != null) {
      return null;
    }
    return switch (physical) {
      case BOOLEAN -> plain.length == 1 ? new Value.OfLong(plain[0] & 1) : null;
      case INT32 -> plain.length == 4 ? bound((long) (int) INT.get(plain, 0)) : null;
      case INT64 -> plain.length == 8 ? bound((long) LONG.get(plain, 0)) : null;
      case FLOAT -> plain.length == 4 ? bound(Float.intBitsToFloat((int) INT.get(plain, 0))) : null;
      case DOUBLE ->
          plain.length == 8 ? bound(Double.longBitsToDouble((long) LONG.get(plain, 0))) : null;
      case BYTE_ARRAY -> new Value.OfString(plain);
      case INT96, FIXED_LEN_BYTE_ARRAY -> null;
    };
  }

  private static @Nullable Value bound(double value) {
    return Double.isNaN(value) ? null : new Value.OfDouble(value);
  }

  private @Nullable Value bound(long value) {
    if (type() == ColumnType.DOUBLE) {
      return new Value.OfDouble(value / divisor);
    }
    return switch (meaning) {
      case SAME -> new Value.OfLong(value);
      case UNSIGNED_INT -> new Value.OfLong(value & 0xffff_ffffL);
      case UNSIGNED_LONG -> value < 0 ? null : new Value.OfLong(value);
      case MILLIS -> Math.abs(value) > MILLIS_MAX ? null : new Value.OfLong(value * 1000);
      case NANOS -> new Value.OfLong(Math.floorDiv(value, 1000L));
    };
  }

  /**
   * A value as it lies plain in the file, a string without its length; null if there is not one way
   * only in which it can lie there.
   */
  byte @Nullable [] plain(Value value) {
    if (meaning != Meaning.SAME || refusal != null) {
      return null;
    }
    var plain = new Sink();
    switch (value) {
      case Value.OfLong(long number) when physical == PhysicalType.INT64 -> plain.int64(number);
      case Value.OfLong(long number)
          when physical == PhysicalType.INT32 && number == (int) number ->
          plain.int32((int) number);
      case Value.OfDouble(double number) when physical == PhysicalType.DOUBLE && number != 0 ->
          plain.int64(Double.doubleToRawLongBits(number));
      case Value.OfString(byte[] utf8) when physical == PhysicalType.BYTE_ARRAY ->
          plain.put(utf8, 0, utf8.length);
      default -> {
        return null;
      }
    }
    return plain.toBytes();
  }
}
