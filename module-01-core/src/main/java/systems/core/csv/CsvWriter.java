package systems.core.csv;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import systems.core.column.Batch;
import systems.core.column.ColumnType;
import systems.core.column.Draft;
import systems.core.column.Field;
import systems.core.column.Schema;
import systems.core.column.StringVector;
import systems.core.column.TableWriter;
import systems.core.column.Vector;

/**
 * Writes rows as comma-separated values that {@link CsvTable} reads back as the same rows, and
 * other programs too: lines end with LF, floating-point numbers have the digits that tell them
 * apart from their neighbours, days and times are ISO 8601.
 *
 * <p>An absent value is the format's null text without quotes, the empty string is {@code ""}: only
 * the quotes tell them apart, so a field that would read as absent gets them, and so does one with
 * a delimiter, quote or line end in it. A byte 0 is refused, since readers refuse it.
 */
public final class CsvWriter implements TableWriter {
  private static final int BUFFER_BYTES = 1 << 16;
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  /** Which fields stand between quotes. */
  public enum Quoting {
    /** Those that would not be read back without. */
    NEEDED,
    /** All but absent values. */
    ALL
  }

  private final Schema schema;
  private final Quoting quoting;
  private final byte delimiter;
  private final byte[] nullText;
  private final OutputStream out;
  private final @Nullable Draft draft;

  private byte[] buffer = new byte[BUFFER_BYTES];
  private int size;
  private final byte[] number = new byte[32];

  private CsvWriter(
      OutputStream out, @Nullable Draft draft, Schema schema, CsvFormat format, Quoting quoting) {
    this.out = out;
    this.draft = draft;
    this.schema = schema;
    this.quoting = quoting;
    delimiter = (byte) (format.delimiter() == CsvFormat.SNIFFED ? ',' : format.delimiter());
    nullText = format.nullText().getBytes(StandardCharsets.UTF_8);
    if (format.header() != CsvFormat.Header.ABSENT) {
      writeHeader();
    }
  }

  /** Writes a file, which has its name when it is whole; it has a header unless told otherwise. */
  public static CsvWriter create(Path target, Schema schema, CsvFormat format, Quoting quoting)
      throws IOException {
    Draft draft = Draft.of(target);
    var out = Channels.newOutputStream(draft.channel());
    return new CsvWriter(out, draft, schema, format, quoting);
  }

  /** Writes to a stream, as a pipe is; it stays open. */
  public static CsvWriter to(OutputStream out, Schema schema, CsvFormat format, Quoting quoting) {
    return new CsvWriter(out, null, schema, format, quoting);
  }

  private void writeHeader() {
    for (int i = 0; i < schema.fields().size(); i++) {
      Field field = schema.fields().get(i);
      byte[] name = field.name().getBytes(StandardCharsets.UTF_8);
      separate(i);
      putField(name, 0, name.length);
    }
    endRow();
  }

  @Override
  public void write(Batch batch) throws IOException {
    for (int row = 0; row < batch.rows; row++) {
      for (int column = 0; column < batch.columns(); column++) {
        separate(column);
        writeField(batch, column, row);
      }
      endRow();
      if (size >= BUFFER_BYTES) {
        flush();
      }
    }
  }

  private void separate(int column) {
    if (column > 0) {
      reserve(1);
      buffer[size++] = delimiter;
    }
  }

  private void endRow() {
    reserve(1);
    buffer[size++] = '\n';
  }

  private void writeField(Batch batch, int column, int row) throws IOException {
    Vector vector = batch.vector(column);
    if (vector.nullCount > 0 && vector.isNull[row]) {
      put(nullText, 0, nullText.length);
      return;
    }
    ColumnType type = schema.fields().get(column).type();
    switch (type) {
      case BOOLEAN -> putField(batch.longs(column).values[row] != 0 ? "true" : "false");
      case LONG -> putField(batch.longs(column).values[row]);
      case DATE -> putField(Moment.date(batch.longs(column).values[row]));
      case TIMESTAMP -> putField(Moment.timestamp(batch.longs(column).values[row]));
      case DOUBLE -> putField(Double.toString(batch.doubles(column).values[row]));
      case STRING -> putString(batch.strings(column), column, row);
    }
  }

  private void putString(StringVector vector, int column, int row) throws IOException {
    byte[] bytes = vector.bytes;
    int from = vector.starts[row];
    int to = from + vector.lengths[row];
    if (vector.dictionary != null) {
      bytes = vector.dictionary.bytes;
      from = vector.dictionary.starts[vector.codes[row]];
      to = vector.dictionary.starts[vector.codes[row] + 1];
    }
    for (int i = from; i < to; i++) {
      if (bytes[i] == 0) {
        throw new IOException(
            "a string of column "
                + schema.fields().get(column).name()
                + " has a byte 0 in it, which no CSV file can have");
      }
    }
    putField(bytes, from, to);
  }

  private void putField(String ascii) {
    byte[] bytes = ascii.getBytes(StandardCharsets.ISO_8859_1);
    putField(bytes, 0, bytes.length);
  }

  private void putField(long value) {
    if (value == Long.MIN_VALUE) {
      putField(Long.toString(value)); // it has no opposite
      return;
    }
    int at = number.length;
    for (long rest = Math.abs(value); rest > 0 || at == number.length; rest /= 10) {
      number[--at] = (byte) ('0' + rest % 10);
    }
    if (value < 0) {
      number[--at] = '-';
    }
    putField(number, at, number.length);
  }

  private void putField(byte[] bytes, int from, int to) {
    if (quoting == Quoting.ALL || needsQuotes(bytes, from, to)) {
      putQuoted(bytes, from, to);
    } else {
      put(bytes, from, to);
    }
  }

  private boolean needsQuotes(byte[] bytes, int from, int to) {
    //> phase 6: which values would be read as something else?
    if (from == to || Arrays.equals(bytes, from, to, nullText, 0, nullText.length)) {
      return true; //~ emptyIsNull: return false;
    }
    for (int i = from; i < to; i++) {
      byte b = bytes[i];
      if (b == delimiter || b == '"' || b == '\n' || b == '\r') {
        return true;
      }
    }
    return to - from >= BYTE_ORDER_MARK.length
        && Arrays.equals(bytes, from, from + BYTE_ORDER_MARK.length, BYTE_ORDER_MARK, 0, 3);
    //< phase 6
  }

  private void putQuoted(byte[] bytes, int from, int to) {
    //> phase 6: how long can it become?
    reserve(2 * (to - from) + 2);
    buffer[size++] = '"';
    for (int i = from; i < to; i++) {
      buffer[size++] = bytes[i];
      if (bytes[i] == '"') {
        buffer[size++] = '"';
      }
    }
    buffer[size++] = '"';
    //< phase 6
  }

  private void put(byte[] bytes, int from, int to) {
    reserve(to - from);
    System.arraycopy(bytes, from, buffer, size, to - from);
    size += to - from;
  }

  private void reserve(int bytes) {
    int needed = Math.addExact(size, bytes);
    if (needed > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(needed, 2 * BUFFER_BYTES));
    }
  }

  private void flush() throws IOException {
    out.write(buffer, 0, size);
    size = 0;
  }

  @Override
  public void commit() throws IOException {
    flush();
    out.flush();
    if (draft != null) {
      draft.commit();
    }
  }

  @Override
  public void close() throws IOException {
    if (draft != null) {
      draft.close();
    }
  }
}
