package systems.core.parquet;

/**
 * What the values of a column mean: {@code LogicalType} of parquet.thrift, and the older {@code
 * ConvertedType} where a file has only that.
 */
sealed interface LogicalType {
  /** Those that have no parameters; the number is that of the union's field. */
  enum Simple implements LogicalType {
    STRING(1),
    MAP(2),
    LIST(3),
    ENUM(4),
    DATE(6),
    UNKNOWN(11),
    JSON(12),
    BSON(13),
    UUID(14),
    FLOAT16(15),
    VARIANT(16),
    GEOMETRY(17),
    GEOGRAPHY(18),
    FILE(19);

    private static final Simple[] ALL = values();

    private final int id;

    Simple(int id) {
      this.id = id;
    }

    private static LogicalType of(int id) {
      for (Simple type : ALL) {
        if (type.id == id) {
          return type;
        }
      }
      return new Other(id);
    }
  }

  /** A number of digits, so many of them behind the point. */
  record Decimal(int scale, int precision) implements LogicalType {}

  record Time(boolean utc, Unit unit) implements LogicalType {}

  record Timestamp(boolean utc, Unit unit) implements LogicalType {}

  record Int(int bits, boolean signed) implements LogicalType {}

  /** One that came after this was written. */
  record Other(int id) implements LogicalType {}

  /** Of times; the number is that of the field in the union {@code TimeUnit}. */
  enum Unit {
    MILLIS(1),
    MICROS(2),
    NANOS(3);

    private static final Unit[] ALL = values();

    private final int id;

    Unit(int id) {
      this.id = id;
    }

    private static Unit read(ThriftReader in) throws ParquetException {
      Unit unit = null;
      in.begin();
      for (int id = in.next(); id != ThriftReader.STOP; id = in.next()) {
        if (id >= 1 && id <= ALL.length) {
          unit = ALL[id - 1];
        }
        in.skip();
      }
      if (unit == null) {
        throw in.wrong("a unit of time", "none that is known");
      }
      return unit;
    }
  }

  static LogicalType read(ThriftReader in) throws ParquetException {
    LogicalType type = new Other(0);
    in.begin();
    for (int id = in.next(); id != ThriftReader.STOP; id = in.next()) {
      type =
          switch (id) {
            case 5 -> decimal(in);
            case 7 -> time(in);
            case 8 -> timestamp(in);
            case 10 -> integer(in);
            default -> {
              in.skip();
              yield Simple.of(id);
            }
          };
    }
    return type;
  }

  private static Decimal decimal(ThriftReader in) throws ParquetException {
    int scale = 0;
    int precision = 0;
    in.begin();
    for (int id = in.next(); id != ThriftReader.STOP; id = in.next()) {
      switch (id) {
        case 1 -> scale = in.i32();
        case 2 -> precision = in.i32();
        default -> in.skip();
      }
    }
    return new Decimal(scale, precision);
  }

  private static Time time(ThriftReader in) throws ParquetException {
    Timestamp same = timestamp(in);
    return new Time(same.utc, same.unit);
  }

  private static Timestamp timestamp(ThriftReader in) throws ParquetException {
    boolean utc = false;
    Unit unit = Unit.MICROS;
    in.begin();
    for (int id = in.next(); id != ThriftReader.STOP; id = in.next()) {
      switch (id) {
        case 1 -> utc = in.bool();
        case 2 -> unit = Unit.read(in);
        default -> in.skip();
      }
    }
    return new Timestamp(utc, unit);
  }

  private static Int integer(ThriftReader in) throws ParquetException {
    int bits = 0;
    boolean signed = true;
    in.begin();
    for (int id = in.next(); id != ThriftReader.STOP; id = in.next()) {
      switch (id) {
        case 1 -> bits = in.i8();
        case 2 -> signed = in.bool();
        default -> in.skip();
      }
    }
    return new Int(bits, signed);
  }

  /** What a {@code ConvertedType} means today. */
  static LogicalType ofConverted(int code, int scale, int precision) {
    return switch (code) {
      case 0 -> Simple.STRING;
      case 1, 2 -> Simple.MAP;
      case 3 -> Simple.LIST;
      case 4 -> Simple.ENUM;
      case 5 -> new Decimal(scale, precision);
      case 6 -> Simple.DATE;
      case 7 -> new Time(true, Unit.MILLIS);
      case 8 -> new Time(true, Unit.MICROS);
      case 9 -> new Timestamp(true, Unit.MILLIS);
      case 10 -> new Timestamp(true, Unit.MICROS);
      case 11, 12, 13, 14 -> new Int(8 << code - 11, false);
      case 15, 16, 17, 18 -> new Int(8 << code - 15, true);
      case 19 -> Simple.JSON;
      case 20 -> Simple.BSON;
      default -> new Other(-code);
    };
  }

  /** Writes the union as a field. */
  static void write(ThriftWriter out, int field, LogicalType type) {
    out.begin(field);
    switch (type) {
      case Simple simple -> {
        out.begin(simple.id);
        out.end();
      }
      case Timestamp(boolean utc, Unit unit) -> {
        out.begin(8);
        out.bool(1, utc);
        out.begin(2);
        out.begin(unit.id);
        out.end();
        out.end();
        out.end();
      }
      case Int(int bits, boolean signed) -> {
        out.begin(10);
        out.i8(1, bits);
        out.bool(2, signed);
        out.end();
      }
      case Decimal _, Time _, Other _ -> throw new AssertionError(type + " is not written");
    }
    out.end();
  }
}
