package systems.kvstore.bitcask;

import java.io.IOException;
import systems.kvstore.fs.FileSystem.RandomFile;

/**
 * Walks over the records of a data file from its first byte on, and says where they stop making
 * sense. It does not judge: what damage means depends on whether the file is the newest.
 *
 * <p>Reads a window of the file at a time; the window grows to the longest record, whose length is
 * checked against the rest of the file before anything is allocated. Belongs to one thread.
 */
final class DataScanner {
  private static final int WINDOW_BYTES = 256 * 1024;

  enum Step {
    RECORD,
    END,
    DAMAGE
  }

  private final RandomFile file;
  private final long size;
  private byte[] window;
  private long windowStart;
  private int windowBytes;

  private long position;
  private int length;
  private int at;
  private String expected = "";
  private String found = "";

  DataScanner(RandomFile file) {
    this.file = file;
    this.size = file.size();
    this.window = new byte[(int) Math.min(WINDOW_BYTES, size)];
  }

  /** Moves to the next record; after {@link Step#DAMAGE} the scan is over. */
  Step next() throws IOException {
    position += length;
    length = 0;
    if (position == size) {
      return Step.END;
    }
    return examine(position) ? Step.RECORD : Step.DAMAGE;
  }

  private boolean examine(long start) throws IOException {
    long rest = size - start;
    if (rest < Record.HEADER_BYTES) {
      return damage("a header of " + Record.HEADER_BYTES + " bytes", rest + " bytes");
    }
    at = load(start, Record.HEADER_BYTES);
    if (!Record.lengthsPossible(window, at)) {
      return damage("possible lengths", "key " + keyLength() + ", value " + valueLength());
    }
    int bytes = Record.bytes(keyLength(), valueLength());
    if (bytes > rest) {
      return damage("a record of " + bytes + " bytes", rest + " bytes");
    }
    at = load(start, bytes);
    if (!Record.checksumHolds(window, at, bytes)) {
      return damage("a record with a checksum that holds", "one that does not");
    }
    length = bytes;
    return true;
  }

  private boolean damage(String expectedBytes, String foundBytes) {
    expected = expectedBytes;
    found = foundBytes;
    return false;
  }

  /** Index in the window of {@code file[start, start + count)}, read if it is not there yet. */
  private int load(long start, int count) throws IOException {
    assert count <= size - start;
    if (start < windowStart || start + count > windowStart + windowBytes) {
      if (window.length < count) {
        window = new byte[count];
      }
      windowBytes = (int) Math.min(window.length, size - start);
      windowStart = start;
      file.read(start, window, 0, windowBytes);
    }
    return (int) (start - windowStart);
  }

  /**
   * After damage: whether a later record says that the damaged bytes had been synced. Searched at
   * every byte, because the lengths that would lead to the next record may be what is damaged.
   */
  boolean damageWasSynced(long lastSequence) throws IOException {
    long damaged = position;
    for (long p = damaged + 1; p + Record.HEADER_BYTES <= size; p++) {
      at = load(p, Record.HEADER_BYTES);
      if (Record.synced(window, at) > damaged
          && Record.synced(window, at) <= p
          && Record.sequence(window, at) > lastSequence
          && examine(p)) {
        return true;
      }
    }
    return false;
  }

  /** Offset in the file of the record, or of the damage. */
  long position() {
    return position;
  }

  /** Bytes of the record. */
  int length() {
    return length;
  }

  /** Bytes from here to the end of the file. */
  long remaining() {
    return size - position;
  }

  /** The array in which the record is, at {@link #offset()}; stays until {@link #next()}. */
  byte[] array() {
    return window;
  }

  int offset() {
    return at;
  }

  int keyOffset() {
    return at + Record.HEADER_BYTES;
  }

  int keyLength() {
    return Record.keyLength(window, at);
  }

  int valueLength() {
    return Record.valueLength(window, at);
  }

  long sequence() {
    return Record.sequence(window, at);
  }

  /** What should have been at {@link #position()}. */
  String expected() {
    return expected;
  }

  /** What is there instead. */
  String found() {
    return found;
  }
}
