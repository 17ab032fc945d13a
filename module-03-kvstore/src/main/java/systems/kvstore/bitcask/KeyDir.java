package systems.kvstore.bitcask;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The key directory: where the newest record of every key lies. It is all of the store that must
 * fit into memory, so it counts bytes.
 *
 * <pre>
 *   a stripe (16 of them, chosen by the top bits of the hash)
 *
 *   slots   long[], a power of two, at most 3/4 full, linear probing
 *   +----------------+----------------+
 *   | hash, 32 bits  | ref, 32 bits   |      0: the slot is free
 *   +----------------+----------------+
 *                        |
 *   chunks  byte[] of 128 KiB each;  ref = chunk number &lt;&lt; 17 | offset
 *                        v
 *   +---------+----------+--------+------------+-------------+
 *   | file id | position | bytes  | key length | key bytes   |   16 + key length
 *   +---------+----------+--------+------------+-------------+
 *   0         4          8        12           16
 * </pre>
 *
 * <p>A 16-byte key costs 43 to 54 bytes: 16 for the entry's head, 16 for the key itself, and the
 * slots (8 bytes over a load that runs from 3/8 to 3/4). A million of them were measured at 50.3
 * bytes each, {@code HashMap<ByteBuffer, Location>} with the same keys at 153: a node, a buffer, an
 * array and a location, each with a header, and the collector visits all of them. Here it sees some
 * hundred large arrays that point nowhere.
 *
 * <p>Invariants:
 *
 * <ol>
 *   <li>Probing from a key's home slot meets the key before it meets a free slot. Removal keeps
 *       this by moving later entries of the run back, so that no "deleted" slots pile up.
 *   <li>At least a quarter of the slots is free, so every probe ends.
 *   <li>{@code deadBytes} of the chunks belong to no key. When they outweigh the living, the chunks
 *       are written anew: keys that come and go do not leak.
 *   <li>No entry has ref 0: the first chunk begins at offset 8.
 * </ol>
 *
 * <p>Thread-safe: each operation holds the monitor of its stripe for one probe and never does I/O
 * under it. The price is that a stripe doubles its slots while others wait for that stripe only.
 */
final class KeyDir {
  private static final int STRIPE_BITS = 4;
  private static final int CHUNK_BITS = 17;
  private static final int CHUNK_BYTES = 1 << CHUNK_BITS;
  private static final int CHUNKS_MAX = 1 << (32 - CHUNK_BITS);

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** Where a record lies: {@code bytes} bytes at {@code position} of the file {@code fileId}. */
  record Location(int fileId, int position, int bytes) {
    Location {
      assert fileId > 0 && position >= 0 && bytes >= Record.HEADER_BYTES;
    }

    boolean isAt(int otherFileId, long otherPosition) {
      return fileId == otherFileId && position == otherPosition;
    }
  }

  private final Stripe[] stripes = new Stripe[1 << STRIPE_BITS];

  KeyDir() {
    Arrays.setAll(stripes, _ -> new Stripe());
  }

  /** Where the newest record of a key lies, or null if the key has no value. */
  @Nullable Location find(byte[] key, int offset, int length) {
    int hash = hash(key, offset, length);
    Stripe stripe = stripe(hash);
    synchronized (stripe) {
      int slot = stripe.probe(hash, key, offset, length);
      return slot < 0 ? null : stripe.location(slot);
    }
  }

  /** Points a key at a record; returns where it pointed before, or null. */
  @Nullable Location put(byte[] key, int offset, int length, Location location) {
    int hash = hash(key, offset, length);
    Stripe stripe = stripe(hash);
    synchronized (stripe) {
      int slot = stripe.probe(hash, key, offset, length);
      if (slot < 0) {
        stripe.insert(hash, key, offset, length, location);
        return null;
      }
      Location before = stripe.location(slot);
      stripe.setLocation(slot, location);
      return before;
    }
  }

  /** Forgets a key; returns where it pointed, or null if it was not there. */
  @Nullable Location remove(byte[] key, int offset, int length) {
    int hash = hash(key, offset, length);
    Stripe stripe = stripe(hash);
    synchronized (stripe) {
      int slot = stripe.probe(hash, key, offset, length);
      if (slot < 0) {
        return null;
      }
      Location before = stripe.location(slot);
      stripe.remove(slot);
      return before;
    }
  }

  /** Points a key at {@code target} if it still points at {@code source}; says whether it did. */
  boolean move(byte[] key, int offset, int length, Location source, Location target) {
    int hash = hash(key, offset, length);
    Stripe stripe = stripe(hash);
    synchronized (stripe) {
      int at = stripe.probe(hash, key, offset, length);
      if (at < 0 || !stripe.location(at).equals(source)) { //~ phase 1 lostUpdate: if (at < 0) {
        return false;
      }
      stripe.setLocation(at, target);
      return true;
    }
  }

  /** Number of keys. */
  long size() {
    long sum = 0;
    for (Stripe stripe : stripes) {
      synchronized (stripe) {
        sum += stripe.size;
      }
    }
    return sum;
  }

  /** Bytes of heap in the arrays. */
  long bytes() {
    long sum = 0;
    for (Stripe stripe : stripes) {
      synchronized (stripe) {
        sum += 8L * stripe.slots.length + (long) stripe.chunkCount * CHUNK_BYTES;
      }
    }
    return sum;
  }

  private Stripe stripe(int hash) {
    return stripes[hash >>> (32 - STRIPE_BITS)];
  }

  /** Eight bytes a step: multiply, fold the high half down; the tail is one last padded step. */
  static int hash(byte[] key, int offset, int length) {
    long hash = 0x9E3779B97F4A7C15L ^ length;
    int end = offset + length;
    int at = offset;
    for (; at + 8 <= end; at += 8) {
      hash = mix(hash ^ (long) LONG.get(key, at));
    }
    long tail = 0;
    for (; at < end; at++) {
      tail = tail << 8 | (key[at] & 0xff);
    }
    return (int) (mix(hash ^ tail) >>> 32);
  }

  private static long mix(long word) {
    long product = word * 0xD6E8FEB86659FD93L;
    product ^= product >>> 32;
    return product * 0xD6E8FEB86659FD93L;
  }

  /** One table; every method is called under its monitor. */
  private static final class Stripe {
    private static final int FILE_ID = 0;
    private static final int POSITION = 4;
    private static final int BYTES = 8;
    private static final int KEY_LENGTH = 12;
    private static final int KEY = 16;
    private static final int FIRST_OFFSET = 8;

    private long[] slots = new long[16];
    private int size;
    private byte[][] chunks = new byte[1][];
    private int chunkCount;
    private int top = CHUNK_BYTES;
    private long liveBytes;
    private long deadBytes;

    /** The slot of a key, or {@code ~free} with the free slot at which its probe ended. */
    int probe(int hash, byte[] key, int offset, int length) {
      //> phase 1: linear probing: from the home slot on, until what?
      int mask = slots.length - 1;
      int slot = hash & mask;
      while (slots[slot] != 0) {
        if ((int) (slots[slot] >>> 32) == hash && hasKey(slot, key, offset, length)) {
          return slot;
        }
        slot = (slot + 1) & mask;
      }
      return ~slot;
      //< phase 1
    }

    private boolean hasKey(int slot, byte[] key, int offset, int length) {
      byte[] chunk = chunk(slot);
      int at = offset(slot);
      return (int) INT.get(chunk, at + KEY_LENGTH) == length
          && Arrays.equals(chunk, at + KEY, at + KEY + length, key, offset, offset + length);
    }

    Location location(int slot) {
      byte[] chunk = chunk(slot);
      int at = offset(slot);
      return new Location(
          (int) INT.get(chunk, at + FILE_ID),
          (int) INT.get(chunk, at + POSITION),
          (int) INT.get(chunk, at + BYTES));
    }

    void setLocation(int slot, Location location) {
      byte[] chunk = chunk(slot);
      int at = offset(slot);
      INT.set(chunk, at + FILE_ID, location.fileId());
      INT.set(chunk, at + POSITION, location.position());
      INT.set(chunk, at + BYTES, location.bytes());
    }

    void insert(int hash, byte[] key, int offset, int length, Location location) {
      if ((size + 1) * 4L > slots.length * 3L) {
        grow();
      }
      int slot = ~probe(hash, key, offset, length);
      assert slot >= 0 && slots[slot] == 0 : "the key is there already";
      int ref = allocate(KEY + length);
      slots[slot] = (long) hash << 32 | Integer.toUnsignedLong(ref);
      byte[] chunk = chunk(slot);
      INT.set(chunk, offset(slot) + KEY_LENGTH, length);
      System.arraycopy(key, offset, chunk, offset(slot) + KEY, length);
      setLocation(slot, location);
      size++;
    }

    void remove(int slot) {
      int entry = entryBytes(slot);
      vacate(slot);
      size--;
      liveBytes -= entry;
      deadBytes += entry;
      if (deadBytes > liveBytes + CHUNK_BYTES) {
        compact();
      }
    }

    /** Frees a slot and moves back whatever its absence would hide. */
    private void vacate(int slot) {
      int mask = slots.length - 1;
      int hole = slot;
      for (int next = (hole + 1) & mask; slots[next] != 0; next = (next + 1) & mask) {
        int home = (int) (slots[next] >>> 32) & mask;
        if (((next - home) & mask) >= ((next - hole) & mask)) {
          slots[hole] = slots[next];
          hole = next;
        }
      }
      slots[hole] = 0;
    }

    private void grow() {
      long[] old = slots;
      slots = new long[2 * old.length];
      int mask = slots.length - 1;
      for (long word : old) {
        if (word != 0) {
          int slot = (int) (word >>> 32) & mask;
          while (slots[slot] != 0) {
            slot = (slot + 1) & mask;
          }
          slots[slot] = word;
        }
      }
    }

    private int allocate(int bytes) {
      assert bytes <= CHUNK_BYTES - FIRST_OFFSET;
      if (CHUNK_BYTES - top < bytes) {
        addChunk();
      }
      int ref = (chunkCount - 1) << CHUNK_BITS | top;
      top += bytes;
      liveBytes += bytes;
      return ref;
    }

    private void addChunk() {
      if (chunkCount == CHUNKS_MAX) {
        throw new OutOfMemoryError("a stripe of the key directory holds 4 GiB of keys");
      }
      if (chunkCount == chunks.length) {
        chunks = Arrays.copyOf(chunks, Math.min(CHUNKS_MAX, 2 * chunks.length));
      }
      chunks[chunkCount++] = new byte[CHUNK_BYTES];
      top = FIRST_OFFSET;
    }

    private void compact() {
      byte[][] old = chunks;
      chunks = new byte[1][];
      chunkCount = 0;
      top = CHUNK_BYTES;
      liveBytes = 0;
      deadBytes = 0;
      for (int slot = 0; slot < slots.length; slot++) {
        if (slots[slot] != 0) {
          slots[slot] = moved(slots[slot], old);
        }
      }
    }

    private long moved(long word, byte[][] old) {
      byte[] chunk = old[(int) word >>> CHUNK_BITS];
      int at = (int) word & (CHUNK_BYTES - 1);
      int bytes = KEY + (int) INT.get(chunk, at + KEY_LENGTH);
      int ref = allocate(bytes);
      System.arraycopy(chunk, at, chunks[ref >>> CHUNK_BITS], ref & (CHUNK_BYTES - 1), bytes);
      return (word & 0xffffffff_00000000L) | Integer.toUnsignedLong(ref);
    }

    private int entryBytes(int slot) {
      return KEY + (int) INT.get(chunk(slot), offset(slot) + KEY_LENGTH);
    }

    private byte[] chunk(int slot) {
      return chunks[(int) slots[slot] >>> CHUNK_BITS];
    }

    private int offset(int slot) {
      return (int) slots[slot] & (CHUNK_BYTES - 1);
    }
  }
}
