package systems.redis.types;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.jspecify.annotations.Nullable;

/**
 * The time of an entry and a number within that millisecond, both unsigned; written {@code ms-seq}.
 */
public record StreamId(long ms, long seq) implements Comparable<StreamId> {
  public static final StreamId MIN = new StreamId(0, 0);
  public static final StreamId MAX = new StreamId(-1, -1);

  @Override
  public int compareTo(StreamId other) {
    int byTime = Long.compareUnsigned(ms, other.ms);
    return byTime != 0 ? byTime : Long.compareUnsigned(seq, other.seq);
  }

  /** The next one, or null after the last. */
  public @Nullable StreamId next() {
    if (seq != -1) {
      return new StreamId(ms, seq + 1);
    }
    return ms == -1 ? null : new StreamId(ms + 1, 0);
  }

  /** The one before, or null before the first. */
  public @Nullable StreamId previous() {
    if (seq != 0) {
      return new StreamId(ms, seq - 1);
    }
    return ms == 0 ? null : new StreamId(ms - 1, -1);
  }

  @Override
  public String toString() {
    return Long.toUnsignedString(ms) + "-" + Long.toUnsignedString(seq);
  }

  public byte[] toBytes() {
    return toString().getBytes(ISO_8859_1);
  }

  /** The unsigned number, or null. */
  public static @Nullable Long unsigned(String text) {
    if (text.isEmpty() || text.length() > 20 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return null;
    }
    try {
      return Long.parseUnsignedLong(text);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** The id that the text says, with {@code missingSeq} where it names a time only; or null. */
  public static @Nullable StreamId parse(byte[] bytes, long missingSeq) {
    if (bytes.length > 41) {
      return null;
    }
    String text = new String(bytes, ISO_8859_1);
    int dash = text.indexOf('-');
    Long ms = unsigned(dash < 0 ? text : text.substring(0, dash));
    Long seq = dash < 0 ? (Long) missingSeq : unsigned(text.substring(dash + 1));
    return ms == null || seq == null ? null : new StreamId(ms, seq);
  }
}
