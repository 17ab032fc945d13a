package systems.kvstore.log;

import java.io.IOException;
import systems.kvstore.fs.FileSystem;

/**
 * Looks at what follows a place where a log stops making sense, to tell the end that a crash leaves
 * from damage.
 *
 * <p>A killed process leaves a prefix of what it wrote. A power loss may leave less and more: of
 * the part that was never synced, each page got to the device or did not, in any order.
 *
 * <pre>
 *   before      | r1 | r2 | r3 | r4      | r5 | r6 |              r1 and r2 were synced
 *   torn        | r1 | r2 | r3 | r4  0 0 0 0 0 0 0 0 0 0 0 0      nothing good behind r3
 *   hole        | r1 | r2 | 0 0 0 0 0 0 0 0| r5 | r6 |            a page did not get there
 *   damage      | r1 | r2 | r3 | r4 # #  | r5 | r6 |              bytes are other than written
 * </pre>
 *
 * The first two are ends: r5 was never promised to survive a power loss, and it must not be applied
 * without r4. The last one is refused. The rule for an unreadable fragment at offset p, when the
 * first good fragment behind it is at q:
 *
 * <ol>
 *   <li>No q: the tail is torn.
 *   <li>The header at p is zero. A mapped log stores a header after its payload, so a page that was
 *       written back between the two looks like this: a hole.
 *   <li>Between p and q some 512-byte sector is zero to its end, from its start or from p on. The
 *       file was zeros before it was written, so this is a sector that kept its older content: a
 *       hole. It begins at p and not at a sector's start where the end of the last sync lies in the
 *       middle of a sector.
 *   <li>Else it is damage.
 * </ol>
 *
 * Before an offset that the caller knows to be synced there are no holes: everything there is
 * damage.
 *
 * <p>What this cannot tell apart: damage that hits a record with a zero sector in its payload, or
 * the last record, or that zeroes a sector, looks like a crash; the records behind it are cut off
 * and reported. And damage to the length field of the last header in a block hides good records
 * from the chain of lengths, which is why every byte of a block is tried as the start of one. A
 * value may itself contain log bytes, so that such a find counts only if good fragments go on from
 * it to the end of the block. If the file ends within the fragment at p, as after a write that was
 * cut short, that is not enough either: the checksum at p must be right for a fragment that ends
 * where the find begins. Then nothing but its length was damaged.
 */
final class Aftermath {
  private static final int SECTOR_BYTES = 512;

  private final FileSystem.RandomFile file;
  private final long fileBytes;
  private final LogBlock block;

  Aftermath(FileSystem.RandomFile file, long fileBytes, LogBlock.LogNumber number) {
    this.file = file;
    this.fileBytes = fileBytes;
    this.block = new LogBlock(number);
  }

  /** Offset of the first good fragment behind the unreadable one at {@code offset}, or -1. */
  long firstGoodBehind(long offset) throws IOException {
    long start = offset - offset % LogBlock.BLOCK_BYTES;
    block.load(file, start, fileBytes);
    int within = (int) (offset - start);
    int good = goodInTheSameBlock(within);
    if (good >= 0) {
      return start + good;
    }
    for (start += LogBlock.BLOCK_BYTES; start < fileBytes; start += LogBlock.BLOCK_BYTES) {
      block.load(file, start, fileBytes);
      good = isFragment(0) ? 0 : firstGoodIn(1);
      if (good >= 0) {
        return start + good;
      }
    }
    return -1;
  }

  private int goodInTheSameBlock(int position) {
    if (isUnwritten(position)) {
      return -1;
    }
    boolean cutShort = block.isCutByTheEndOfTheFile();
    int good = firstGoodIn(position + 1);
    while (good >= 0 && cutShort && !block.hasChecksumUpTo(position, good)) {
      good = firstGoodIn(good + 1);
    }
    return good;
  }

  private boolean isUnwritten(int position) {
    return block.parse(position) == LogBlock.Found.UNWRITTEN;
  }

  private int firstGoodIn(int from) {
    for (int at = from; at + LogBlock.HEADER_BYTES <= block.limit(); at++) {
      int type = block.bytes[at + 6];
      boolean plausible = type >= LogBlock.WHOLE && type <= 2 * LogBlock.LAST;
      if (plausible && isFragment(at) && goesOnToTheEnd(block.end())) {
        return at;
      }
    }
    return -1;
  }

  private boolean isFragment(int position) {
    return switch (block.parse(position)) {
      case GOOD, IGNORABLE, UNKNOWN -> true;
      case PADDING, UNWRITTEN, STALE, BROKEN -> false;
    };
  }

  private boolean goesOnToTheEnd(int from) {
    int at = from;
    while (at < block.limit()) {
      switch (block.parse(at)) {
        case GOOD, IGNORABLE, UNKNOWN -> at = block.end();
        case PADDING, STALE -> at = block.limit();
        case UNWRITTEN -> {
          return block.isZero(at, block.limit());
        }
        case BROKEN -> {
          return false;
        }
      }
    }
    return true;
  }

  /** Whether {@code [from, to)} has a place that looks as if it had never been written. */
  boolean hasHole(long from, long to) throws IOException {
    block.load(file, from - from % LogBlock.BLOCK_BYTES, fileBytes);
    if (isUnwritten((int) (from % LogBlock.BLOCK_BYTES))) {
      return true;
    }
    long at = from;
    while (at < to) {
      long end = at - at % SECTOR_BYTES + SECTOR_BYTES;
      if (end <= to && isZero(at, end)) {
        return true;
      }
      at = end;
    }
    return false;
  }

  private boolean isZero(long from, long to) throws IOException {
    long start = from - from % LogBlock.BLOCK_BYTES;
    block.load(file, start, fileBytes);
    return block.isZero((int) (from - start), (int) (to - start));
  }

  /** Offset behind the last byte from {@code from} on that is not zero; {@code from} if all are. */
  long endOfNonZero(long from) throws IOException {
    long start = (fileBytes - 1) - (fileBytes - 1) % LogBlock.BLOCK_BYTES;
    for (; start + LogBlock.BLOCK_BYTES > from && start >= 0; start -= LogBlock.BLOCK_BYTES) {
      block.load(file, start, fileBytes);
      int last = block.lastNonZero((int) Math.max(0, from - start));
      if (last >= 0) {
        return start + last + 1;
      }
    }
    return from;
  }
}
