package systems.core.parquet;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes structures in Thrift's compact protocol; see {@link ThriftReader} for the picture. Fields
 * of a structure are given in the order of their ids.
 */
final class ThriftWriter {
  /** How a value is written as an element of a list. */
  interface Writing<T> {
    void write(T value, ThriftWriter out);
  }

  private final Sink out;
  private final int[] lastIds = new int[ThriftReader.DEPTH_MAX + 1];
  private int depth;

  ThriftWriter(Sink out) {
    this.out = out;
  }

  /** Begins a structure that is no field: the outermost one, or an element of a list. */
  void begin() {
    lastIds[++depth] = 0;
  }

  /** Begins a structure that is a field. */
  void begin(int id) {
    field(id, ThriftReader.STRUCT);
    begin();
  }

  void end() {
    out.u8(0);
    depth--;
  }

  private void field(int id, int type) {
    int step = id - lastIds[depth];
    if (step > 0 && step < 16) {
      out.u8(step << 4 | type);
    } else {
      out.u8(type);
      out.zigzag(id);
    }
    lastIds[depth] = id;
  }

  void bool(int id, boolean value) {
    field(id, value ? ThriftReader.TRUE : ThriftReader.FALSE);
  }

  void i8(int id, int value) {
    field(id, ThriftReader.BYTE);
    out.u8(value);
  }

  void i16(int id, int value) {
    field(id, ThriftReader.I16);
    out.zigzag(value);
  }

  void i32(int id, int value) {
    field(id, ThriftReader.I32);
    out.zigzag(value);
  }

  void i64(int id, long value) {
    field(id, ThriftReader.I64);
    out.zigzag(value);
  }

  void binary(int id, byte[] value) {
    field(id, ThriftReader.BINARY);
    element(value);
  }

  void string(int id, String value) {
    binary(id, value.getBytes(StandardCharsets.UTF_8));
  }

  private void element(byte[] value) {
    out.varint(value.length);
    out.put(value, 0, value.length);
  }

  private void list(int id, int elements, int size) {
    field(id, ThriftReader.LIST);
    if (size < 15) {
      out.u8(size << 4 | elements);
    } else {
      out.u8(0xf0 | elements);
      out.varint(size);
    }
  }

  <T> void structs(int id, List<T> values, Writing<? super T> writing) {
    list(id, ThriftReader.STRUCT, values.size());
    values.forEach(value -> writing.write(value, this));
  }

  void strings(int id, List<String> values) {
    binaries(id, values.stream().map(s -> s.getBytes(StandardCharsets.UTF_8)).toList());
  }

  void binaries(int id, List<byte[]> values) {
    list(id, ThriftReader.BINARY, values.size());
    values.forEach(this::element);
  }

  void ints(int id, List<Integer> values) {
    list(id, ThriftReader.I32, values.size());
    values.forEach(out::zigzag);
  }

  void longs(int id, long[] values) {
    list(id, ThriftReader.I64, values.length);
    for (long value : values) {
      out.zigzag(value);
    }
  }

  void bools(int id, boolean[] values) {
    list(id, ThriftReader.FALSE, values.length);
    for (boolean value : values) {
      out.u8(value ? ThriftReader.TRUE : ThriftReader.FALSE);
    }
  }
}
