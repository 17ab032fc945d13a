package systems.kvstore.log;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import systems.kvstore.KvException;
import systems.kvstore.Slice;
import systems.kvstore.format.ByteSink;
import systems.kvstore.fs.FileSystem;

/**
 * Reads the records of a log from its beginning to where it ends, and says how it ended. Reads what
 * {@link LogWriter} wrote, and RocksDB's logs with their recyclable records.
 *
 * <pre>
 *   file        [ block ][ block ][ block ]      LogBlock: one header and its checksum
 *                  |
 *   fragments   W W F M L W                      this class: in the right order, put together
 *                  |
 *   records     r r   r   r                      a view on the block, or on the assembled copy
 * </pre>
 *
 * <p>A log ends in one of four ways:
 *
 * <ol>
 *   <li>Cleanly: the file ends behind a record, or there are only zeros (a preallocated file), or
 *       the records of the log whose file was recycled.
 *   <li>Torn: what follows is no record, or a record's last fragment is missing, and it is what a
 *       crash can leave. {@link #tornTail} tells where. Nothing behind that place is returned, not
 *       even what looks good: a later write without an earlier one would be a state that never was.
 *   <li>Damaged: it is not what a crash can leave ({@link Aftermath} has the rule). With {@link
 *       OnDamage#REFUSE} that is a {@link KvException.Corruption} with the offset; asking again
 *       gives it again. With {@link OnDamage#STOP} it is treated as torn.
 *   <li>Unsupported: a good record of a type that must not be skipped.
 * </ol>
 *
 * <p>Nothing is allocated by a length that the file claims: a fragment lies within its 32 KiB
 * block, and a record's copy grows by what was really read, up to {@link
 * LogWriter#RECORD_BYTES_MAX}. A record of one fragment is not copied at all.
 *
 * <p>Belongs to one thread.
 */
public final class LogReader implements Closeable {
  /** What to do about damage that good records follow. */
  public enum OnDamage {
    /** Throw KvException.Corruption with file and offset. */
    REFUSE,
    /** End the log there and report it, as for a torn tail. */
    STOP
  }

  /**
   * A log that ended in bytes that are no record.
   *
   * @param offset first byte that was cut off
   * @param lostBytes bytes from there to the last byte that is not zero
   */
  public record TornTail(Path file, long offset, long lostBytes, String reason) {}

  private final Path file;
  private final FileSystem.RandomFile input;
  private final OnDamage onDamage;
  private final long syncedUpTo;
  private final long fileBytes;
  private final LogBlock block;
  private final Aftermath aftermath;

  private final Slice record = new Slice();
  private final ByteSink assembled = new ByteSink(LogBlock.BLOCK_BYTES);
  private long offset;
  private long recordOffset;
  private long endOffset;
  private boolean assembling;
  private boolean recyclable;
  private boolean ended;
  private @Nullable TornTail tornTail;

  /** Opens a log of which nobody knows how much was synced. */
  public static LogReader open(FileSystem fileSystem, Path file, OnDamage onDamage)
      throws IOException {
    return open(fileSystem, file, onDamage, 0);
  }

  /**
   * Opens a log whose first {@code syncedUpTo} bytes are known to have been synced, so that a hole
   * or a missing end there is damage: of a log that was closed and synced, all of it.
   */
  public static LogReader open(FileSystem fileSystem, Path file, OnDamage onDamage, long syncedUpTo)
      throws IOException {
    return new LogReader(file, fileSystem.open(file), onDamage, syncedUpTo);
  }

  private LogReader(Path file, FileSystem.RandomFile input, OnDamage onDamage, long syncedUpTo) {
    this.file = file;
    this.input = input;
    this.onDamage = onDamage;
    this.syncedUpTo = syncedUpTo;
    this.fileBytes = input.size();
    var number = numberOf(file);
    this.block = new LogBlock(number);
    this.aftermath = new Aftermath(input, fileBytes, number);
  }

  /** RocksDB writes the low half of the file's number, which is its name, into every record. */
  private static LogBlock.LogNumber numberOf(Path file) {
    String name = file.getFileName().toString();
    int digits = 0;
    while (digits < name.length() && name.charAt(digits) >= '0' && name.charAt(digits) <= '9') {
      digits++;
    }
    return digits == 0 || digits > 18
        ? LogBlock.LogNumber.unknown()
        : LogBlock.LogNumber.of(Long.parseLong(name.substring(0, digits)));
  }

  /** The next record, a view that stays until the next call; null at the end. */
  public @Nullable Slice next() throws IOException {
    //> phase 2: how do fragments become a record again, and what does each type say of the last?
    while (nextFragment()) {
      int shape = block.shape();
      boolean begins = shape == LogBlock.WHOLE || shape == LogBlock.FIRST;
      if (begins == assembling) {
        damaged(
            begins ? "a fragment that goes on with the record" : "the first fragment of a record",
            "fragment type " + shape);
        return null;
      }
      if (begins) {
        recordOffset = offset;
      }
      offset = block.start() + block.end();
      if (shape == LogBlock.WHOLE) {
        return whole(block.bytes, block.payload(), block.length());
      }
      assemble(begins);
      if (shape == LogBlock.LAST) {
        assembling = false;
        return whole(assembled.array(), 0, assembled.size());
      }
    }
    return null;
    //< phase 2
  }

  //> phase 2 only
  private Slice whole(byte[] bytes, int start, int length) {
    endOffset = offset;
    return record.set(bytes, start, length);
  }

  private void assemble(boolean begins) throws IOException {
    if (begins) {
      assembled.clear();
      assembling = true;
    }
    if (block.length() > LogWriter.RECORD_BYTES_MAX - assembled.size()) {
      throw new KvException.Corruption(
          file,
          recordOffset,
          "a record of at most " + LogWriter.RECORD_BYTES_MAX + " bytes",
          "more fragments than that");
    }
    assembled.putBytes(block.bytes, block.payload(), block.length());
  }

  /** Finds the next good fragment, at {@link #offset}; or ends the log. */
  private boolean nextFragment() throws IOException {
    while (!ended) {
      if (offset >= fileBytes) {
        endHere();
        return false;
      }
      int position = (int) (offset % LogBlock.BLOCK_BYTES);
      block.load(input, offset - position, fileBytes);
      switch (block.parse(position)) {
        case GOOD -> {
          recyclable |= block.isRecyclable();
          return true;
        }
        case IGNORABLE -> offset = block.start() + block.end();
        case PADDING -> offset = block.start() + block.limit();
        case STALE -> endHere();
        case UNWRITTEN -> zeros(position);
        case UNKNOWN -> throw new KvException.Unsupported(file, block.typeName());
        case BROKEN -> unreadable(block.expected(), block.found());
      }
    }
    return false;
  }

  /** Zeros are the preallocated rest; or padding before a header of eleven bytes; or a hole. */
  private void zeros(int position) throws IOException {
    boolean padding =
        recyclable
            && LogBlock.BLOCK_BYTES - position < LogBlock.RECYCLABLE_HEADER_BYTES
            && block.isZero(position, block.limit());
    if (padding) {
      offset = block.start() + block.limit();
    } else if (aftermath.endOfNonZero(offset) == offset) {
      endHere();
    } else {
      unreadable("a record", "zeros with other bytes behind them");
    }
  }

  /** The log stops here; whether a record was left unfinished decides if that is clean. */
  private void endHere() throws IOException {
    if (!assembling) { //~ halfRecordIsNotReported: if (offset > 0) {
      ended = true;
    } else if (recordOffset < syncedUpTo) {
      damaged("the last fragment of a record", "the end of the log, in its synced part");
    } else {
      tear("the record has no last fragment");
    }
  }

  private void unreadable(String expected, String found) throws IOException {
    long good = aftermath.firstGoodBehind(offset);
    boolean end = good < 0 || aftermath.hasHole(offset, good); //~ noDamage: boolean end = true;
    if (end && offset >= syncedUpTo) { //~ noHoles: if (good < 0 && offset >= syncedUpTo) {
      tear("expected " + expected + ", found " + found);
    } else if (good < 0) {
      damaged(expected, found + ", in the part of the log that was synced");
    } else {
      damaged(expected, found + ", and a good record at offset " + good);
    }
  }

  private void damaged(String expected, String found) throws IOException {
    if (onDamage == OnDamage.REFUSE) {
      throw new KvException.Corruption(file, offset, expected, found);
    }
    tear("expected " + expected + ", found " + found);
  }

  private void tear(String reason) throws IOException {
    long from = assembling ? recordOffset : offset;
    long lost = aftermath.endOfNonZero(from) - from;
    tornTail = new TornTail(file, from, lost, reason);
    ended = true;
  }

  //< phase 2

  /**
   * About how many bytes of the file were ever written, found by halving: in a log that a kill has
   * cut off, headers stand at the beginnings of the blocks up to some block, and zeros from there.
   * For sizing things only, as a power loss may have left a hole.
   */
  public long bytesWritten() throws IOException {
    long low = 0;
    long high = (fileBytes + LogBlock.BLOCK_BYTES - 1) / LogBlock.BLOCK_BYTES;
    byte[] header = new byte[LogBlock.HEADER_BYTES];
    while (low < high) {
      long middle = (low + high) >>> 1;
      long at = middle * LogBlock.BLOCK_BYTES;
      int length = (int) Math.min(header.length, fileBytes - at);
      input.read(at, header, 0, length);
      if (isZero(header, length)) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return Math.min(fileBytes, low * LogBlock.BLOCK_BYTES);
  }

  private static boolean isZero(byte[] bytes, int length) {
    int bits = 0;
    for (int i = 0; i < length; i++) {
      bits |= bytes[i];
    }
    return bits == 0;
  }

  /** Offset of the record that {@link #next()} returned. */
  public long recordOffset() {
    return recordOffset;
  }

  /** Offset behind the last record that {@link #next()} returned: where the good part ends. */
  public long endOffset() {
    return endOffset;
  }

  /** After the end: what was cut off, or null if the log ended cleanly. */
  public @Nullable TornTail tornTail() {
    return tornTail;
  }

  @Override
  public void close() throws IOException {
    input.close();
  }
}
