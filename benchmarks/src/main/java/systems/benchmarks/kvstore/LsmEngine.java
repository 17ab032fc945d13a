package systems.benchmarks.kvstore;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import systems.kvstore.Durability;
import systems.kvstore.Slice;
import systems.kvstore.ValueBuffer;
import systems.kvstore.lsm.Cursor;
import systems.kvstore.lsm.LsmOptions;
import systems.kvstore.lsm.LsmStore;
import systems.kvstore.table.Compression;
import systems.kvstore.table.TableFormat;

/**
 * Ours, with the settings of the rival where both have them: {@link RocksEngine} lists those. What
 * only one side has is at its default, except the codec of level 0: ours is none, the rival gets
 * LZ4 on every level, so ours does too.
 */
final class LsmEngine implements Engine {
  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int RESTART_INTERVAL = 16;
  private static final int MEMTABLES_MAX = 3;
  private static final Pattern STALL = Pattern.compile("stall reason=.* micros=(\\d+)");
  private static final Pattern STALLS = Pattern.compile("stalls: (\\d+), micros: (\\d+)");

  private final LsmStore store;

  LsmEngine(Path directory, long memtableBytes) throws IOException {
    store =
        LsmStore.open(
            directory,
            new LsmOptions()
                .memtableBytes(memtableBytes)
                .memtablesMax(MEMTABLES_MAX)
                .blockCacheBytes(CACHE_BYTES)
                .tableFormat(
                    new TableFormat(Compression.LZ4, BLOCK_BYTES, RESTART_INTERVAL, BLOOM_BITS))
                .levelZeroCompression(Compression.LZ4));
  }

  @Override
  public void put(byte[] key, byte[] value) throws IOException {
    store.put(key, value, Durability.BUFFERED);
  }

  @Override
  public void putSync(byte[] key, byte[] value) throws IOException {
    store.put(key, value, Durability.SYNC);
  }

  @Override
  public Reader reader() {
    return new PointReader();
  }

  @Override
  public Scan scan() throws IOException {
    return new CursorScan(store.cursor());
  }

  @Override
  public void settle() throws IOException {
    store.flush();
    store.settle();
  }

  @Override
  public void compact() throws IOException {
    store.compactRange(null, null);
    store.settle();
  }

  @Override
  public Stalls stalls() {
    String statistics = store.property("rocksdb.stats");
    Matcher sums = STALLS.matcher(statistics == null ? "" : statistics);
    return sums.find()
        ? new Stalls(
            Long.parseLong(sums.group(1)), Long.parseLong(sums.group(2)) * 1000, stallMillis())
        : new Stalls(0, 0, List.of());
  }

  private List<Long> stallMillis() {
    return store.events().stream()
        .map(STALL::matcher)
        .filter(Matcher::find)
        .map(stall -> Long.parseLong(stall.group(1)) / 1000)
        .toList();
  }

  @Override
  public void close() throws IOException {
    store.close();
  }

  private final class PointReader implements Reader {
    private final ValueBuffer value = new ValueBuffer(4096);

    @Override
    public int get(byte[] key) throws IOException {
      return store.get(key, 0, key.length, value) ? value.length() : -1;
    }

    @Override
    public long word() {
      return (long) WORD.get(value.array(), 0);
    }

    @Override
    public void digest(CRC32C digest) {
      digest.update(value.array(), 0, value.length());
    }
  }

  private static final class CursorScan implements Scan {
    private final Cursor cursor;

    CursorScan(Cursor cursor) {
      this.cursor = cursor;
    }

    @Override
    public void first() throws IOException {
      cursor.first();
    }

    @Override
    public void last() throws IOException {
      cursor.last();
    }

    @Override
    public void seek(byte[] key) throws IOException {
      cursor.seek(key);
    }

    @Override
    public void next() throws IOException {
      cursor.next();
    }

    @Override
    public void prev() throws IOException {
      cursor.prev();
    }

    @Override
    public boolean valid() {
      return cursor.valid();
    }

    @Override
    public long word() {
      Slice key = cursor.key();
      Slice value = cursor.value();
      return (long) WORD.get(key.array(), key.offset())
          + (long) WORD.get(value.array(), value.offset());
    }

    @Override
    public void digest(CRC32C digest) {
      Slice key = cursor.key();
      Slice value = cursor.value();
      digest.update(key.array(), key.offset(), key.length());
      digest.update(value.array(), value.offset(), value.length());
    }

    @Override
    public void close() {
      cursor.close();
    }
  }
}
