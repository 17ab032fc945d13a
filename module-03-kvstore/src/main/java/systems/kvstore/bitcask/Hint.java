package systems.kvstore.bitcask;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import systems.kvstore.KvException;
import systems.kvstore.KvStore;
import systems.kvstore.format.ByteSink;
import systems.kvstore.format.ByteSource;
import systems.kvstore.format.Crc32c;
import systems.kvstore.format.MalformedException;
import systems.kvstore.fs.FileSystem;
import systems.kvstore.fs.FileSystem.RandomFile;
import systems.kvstore.fs.FileSystem.WritableFile;

/**
 * A hint file, {@code NNNNNNNNNN.hint}: the records of a sealed data file without their values, so
 * that opening a store reads keys only.
 *
 * <pre>
 *   entry    | position | key length | value length | key |        one for each put and delete
 *            0          4            8              12
 *
 *   footer   | last sequence | data bytes | last record | its crc | magic | crc of all before |
 *            0               8            16            20        24      28                  32
 * </pre>
 *
 * <p>A hint is derived: whatever is wrong with it, the data file still has everything. So it is
 * written without a sync, and believed only if all of this holds: its own checksum; the data file
 * is exactly as long as it was; the last record of the data file begins where the hint says and
 * carries the checksum the hint remembers. Else the data file is scanned. A hint that is believed
 * although its data file lost its tail sends readers to positions that are not there.
 *
 * <p>The object is a cursor over the entries and belongs to one thread.
 */
final class Hint {
  static final String SUFFIX = ".hint";
  static final int FOOTER_BYTES = 32;
  private static final int ENTRY_HEAD_BYTES = 12;
  private static final int MAGIC = 0x48534b42;

  private final ByteSource entries;
  private final long lastSequence;
  private int position;
  private int valueLength;
  private int keyOffset;
  private int keyLength;

  private Hint(byte[] bytes, int entriesBytes, long lastSequence) {
    this.entries = new ByteSource(bytes, 0, entriesBytes);
    this.lastSequence = lastSequence;
  }

  static Path path(Path directory, int id) {
    return directory.resolve(String.format(Locale.ROOT, "%010d", id) + SUFFIX);
  }

  /** What a hint will say, gathered while its data file is written or scanned. */
  static final class Draft {
    private final ByteSink entries = new ByteSink(4096);
    private long lastSequence;
    private long lastPosition;
    private int lastCrc;

    /** Notes the record {@code bytes[at, ...)} that lies at {@code recordPosition}. */
    void add(byte[] bytes, int at, long recordPosition) {
      int keyLength = Record.keyLength(bytes, at);
      int valueLength = Record.valueLength(bytes, at);
      lastSequence = Math.max(lastSequence, Record.sequence(bytes, at));
      lastPosition = recordPosition;
      lastCrc = Record.crc(bytes, at);
      if (valueLength != Record.MARK) {
        entries.putFixed32((int) recordPosition);
        entries.putFixed32(keyLength);
        entries.putFixed32(valueLength);
        entries.putBytes(bytes, at + Record.HEADER_BYTES, keyLength);
      }
    }

    /** Writes the hint of a data file that is sealed at {@code dataBytes}. */
    void write(FileSystem fileSystem, Path path, long dataBytes) throws IOException {
      entries.putFixed64(lastSequence);
      entries.putFixed64(dataBytes);
      entries.putFixed32((int) lastPosition);
      entries.putFixed32(lastCrc);
      entries.putFixed32(MAGIC);
      entries.putFixed32(Crc32c.masked(entries.array(), 0, entries.size()));
      try (WritableFile file = fileSystem.create(path)) {
        file.append(entries.array(), 0, entries.size());
      } finally {
        entries.truncate(entries.size() - FOOTER_BYTES);
      }
    }

    /** The entries noted so far. */
    Hint hint() {
      return new Hint(entries.array(), entries.size(), lastSequence);
    }
  }

  /** The hint of a sealed data file, or null if there is none to be believed. */
  static @Nullable Hint read(FileSystem fileSystem, Path path, DataFile data) throws IOException {
    if (!fileSystem.exists(path)) {
      return null;
    }
    try (RandomFile file = fileSystem.open(path)) {
      // An entry is shorter than its record: a longer file is none of ours.
      if (file.size() < FOOTER_BYTES || file.size() > data.bytes() + FOOTER_BYTES) {
        return null;
      }
      var bytes = new byte[(int) file.size()];
      file.read(0, bytes, 0, bytes.length);
      return believe(bytes, data);
    }
  }

  private static @Nullable Hint believe(byte[] bytes, DataFile data) throws IOException {
    int footer = bytes.length - FOOTER_BYTES;
    var source = new ByteSource(bytes, footer, FOOTER_BYTES);
    long lastSequence = source.readFixed64();
    long dataBytes = source.readFixed64();
    long last = Integer.toUnsignedLong(source.readFixed32());
    int crc = source.readFixed32();
    int magic = source.readFixed32();
    boolean whole = source.readFixed32() == Crc32c.masked(bytes, 0, bytes.length - 4);
    boolean fits = fits(data, dataBytes, last, crc); //~ phase 1 trustsHint: boolean fits = true;
    return magic == MAGIC && whole && fits ? new Hint(bytes, footer, lastSequence) : null;
  }

  /** Whether the data file ends where the hint ends, with the same record. */
  private static boolean fits(DataFile data, long dataBytes, long lastPosition, int lastCrc)
      throws IOException {
    if (dataBytes == 0 || dataBytes != data.bytes()) {
      return dataBytes == data.bytes();
    }
    long length = dataBytes - lastPosition;
    if (length < Record.HEADER_BYTES) {
      return false;
    }
    var header = new byte[Record.HEADER_BYTES];
    data.read(lastPosition, header, header.length);
    return Record.crc(header, 0) == lastCrc
        && Record.lengthsPossible(header, 0)
        && Record.bytes(Record.keyLength(header, 0), Record.valueLength(header, 0)) == length;
  }

  /** Moves to the next entry. */
  boolean next(Path path) throws KvException.Corruption {
    if (entries.remaining() == 0) {
      return false;
    }
    try {
      position = entries.readFixed32();
      keyLength = entries.readFixed32();
      valueLength = entries.readFixed32();
      keyOffset = entries.skip(keyLength);
    } catch (MalformedException e) {
      throw new KvException.Corruption(
          path, e.position(), "an entry", String.valueOf(e.getMessage()));
    }
    checkRanges(path);
    return true;
  }

  private void checkRanges(Path path) throws KvException.Corruption {
    if (position < 0
        || keyLength > KvStore.KEY_BYTES_MAX
        || valueLength < Record.TOMBSTONE
        || valueLength > KvStore.VALUE_BYTES_MAX) {
      throw new KvException.Corruption(
          path,
          keyOffset - ENTRY_HEAD_BYTES,
          "an entry with possible lengths",
          "position " + position + ", key " + keyLength + ", value " + valueLength);
    }
  }

  long lastSequence() {
    return lastSequence;
  }

  int position() {
    return position;
  }

  int valueLength() {
    return valueLength;
  }

  byte[] array() {
    return entries.array();
  }

  int keyOffset() {
    return keyOffset;
  }

  int keyLength() {
    return keyLength;
  }
}
