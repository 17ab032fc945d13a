package systems.core.query;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import org.jspecify.annotations.Nullable;
import systems.core.column.ColumnType;
import systems.core.column.DoubleVector;
import systems.core.column.LongVector;
import systems.core.column.StringVector;
import systems.core.column.Vector;

@Tag("phase-7")
class RowCodecProperties {
  private static final List<ColumnType> TYPES =
      List.of(ColumnType.STRING, ColumnType.LONG, ColumnType.DOUBLE, ColumnType.STRING);

  @Property(tries = 200)
  void encodedRowsStandInTheOrderOfTheRows(@ForAll long seed) {
    var random = new Random(seed);
    var parts = new ArrayList<RowCodec.Part>();
    TYPES.forEach(
        type -> parts.add(new RowCodec.Part(type, random.nextBoolean(), random.nextBoolean())));
    Object[] left = row(random);
    Object[] right = random.nextInt(4) == 0 ? left.clone() : row(random);
    if (random.nextBoolean()) {
      right[0] = left[0];
    }
    var codec = new RowCodec(parts);
    int order = Integer.signum(compare(parts, left, right));
    byte[] a = encoded(codec, left);
    byte[] b = encoded(codec, right);
    assertThat(Integer.signum(Arrays.compareUnsigned(a, b)))
        .as("%s against %s by %s", Arrays.toString(left), Arrays.toString(right), parts)
        .isEqualTo(order);
  }

  @Property(tries = 200)
  void whatIsDecodedIsWhatWasEncoded(@ForAll long seed) {
    var random = new Random(seed);
    var parts = new ArrayList<RowCodec.Part>();
    TYPES.forEach(
        type -> parts.add(new RowCodec.Part(type, random.nextBoolean(), random.nextBoolean())));
    var codec = new RowCodec(parts);
    var batch = new RowBatch(TYPES);
    var rows = new ArrayList<Object[]>();
    for (int i = 0; i < 50; i++) {
      Object[] row = row(random);
      rows.add(row);
      byte[] bytes = encoded(codec, row);
      assertThat(codec.end(bytes, 0))
          .as("the row ends where its bytes end")
          .isEqualTo(bytes.length);
      assertThat(codec.decode(bytes, 0, batch, 0)).isEqualTo(bytes.length);
      batch.endRow();
    }
    for (int i = 0; i < rows.size(); i++) {
      for (int column = 0; column < TYPES.size(); column++) {
        assertThat(object(batch.batch.vector(column), i))
            .as("row %d, column %d", i, column)
            .isEqualTo(normal(rows.get(i)[column]));
      }
    }
  }

  private static @Nullable Object normal(@Nullable Object value) {
    return value instanceof Double d ? (Object) (d + 0.0) : value;
  }

  private static Object[] row(Random random) {
    Object[] row = {string(random), number(random), real(random), string(random)};
    for (int i = 0; i < row.length; i++) {
      row[i] = random.nextInt(6) == 0 ? null : row[i];
    }
    return row;
  }

  /** Of the bytes that are special: 00, 01, FF. */
  private static String string(Random random) {
    var text = new StringBuilder();
    int length = random.nextInt(4);
    for (int i = 0; i < length; i++) {
      text.append("\0\1a\u00ff".charAt(random.nextInt(4)));
    }
    return text.toString();
  }

  private static long number(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextInt(-2, 3);
      case 1 -> Long.MIN_VALUE;
      case 2 -> Long.MAX_VALUE;
      default -> random.nextLong();
    };
  }

  private static double real(Random random) {
    double[] special = {
      Double.NaN, -0.0, 0.0, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, -1, 1
    };
    return random.nextBoolean() ? special[random.nextInt(special.length)] : random.nextGaussian();
  }

  private static int compare(List<RowCodec.Part> parts, Object[] left, Object[] right) {
    for (int i = 0; i < left.length; i++) {
      int order = compare(parts.get(i), left[i], right[i]);
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  private static int compare(RowCodec.Part part, @Nullable Object a, @Nullable Object b) {
    if (a == null || b == null) {
      int first = part.nullsFirst() ? -1 : 1;
      return a == b ? 0 : a == null ? first : -first;
    }
    int order =
        switch (a) {
          case Long x -> Long.compare(x, (Long) b);
          case Double x -> Double.compare(x + 0.0, (Double) b + 0.0);
          default -> Arrays.compareUnsigned(utf8(a), utf8(b));
        };
    return part.descending() ? -order : order;
  }

  private static byte[] utf8(Object text) {
    return ((String) text).getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  private static byte[] encoded(RowCodec codec, Object[] row) {
    var vectors = new ArrayList<Vector>();
    for (int i = 0; i < row.length; i++) {
      vectors.add(vector(TYPES.get(i), row[i]));
    }
    var encoded = new EncodedRows();
    codec.encode(vectors, new int[] {3}, 1, encoded);
    return Arrays.copyOfRange(encoded.bytes.bytes, encoded.starts[0], encoded.ends[0]);
  }

  private static Vector vector(ColumnType type, @Nullable Object value) {
    Vector vector = type.newVector();
    vector.isNull[3] = value == null;
    vector.nullCount = value == null ? 1 : 0;
    if (value != null) {
      switch (vector) {
        case LongVector longs -> longs.values[3] = (Long) value;
        case DoubleVector doubles -> doubles.values[3] = (Double) value;
        case StringVector strings -> {
          strings.bytes = utf8(value);
          strings.lengths[3] = strings.bytes.length;
        }
      }
    }
    return vector;
  }

  private static @Nullable Object object(Vector vector, int row) {
    if (vector.isNull[row]) {
      return null;
    }
    return switch (vector) {
      case LongVector longs -> longs.values[row];
      case DoubleVector doubles -> doubles.values[row];
      case StringVector strings ->
          new String(
              strings.bytes,
              strings.starts[row],
              strings.lengths[row],
              java.nio.charset.StandardCharsets.ISO_8859_1);
    };
  }
}
