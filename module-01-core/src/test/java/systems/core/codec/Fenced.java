package systems.core.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A decompressor's input and output between fences: bytes around both that are not his. Those
 * around the output must be as before; those around the input must not matter, so that it is called
 * twice, with other bytes there.
 */
final class Fenced {
  private static final int FENCE_BYTES = 80;
  private static final byte UNTOUCHED = 0x5C;

  /** What is tried. */
  interface Decompressor {
    int decompress(byte[] source, int from, int length, byte[] target, int at, int room)
        throws CorruptDataException;
  }

  /** Bytes, or the reason why there are none. */
  record Outcome(byte[] bytes, @Nullable CorruptDataException refusal) {
    boolean isRefused() {
      return refusal != null;
    }

    String sentence() {
      return refusal == null ? "" : Objects.requireNonNull(refusal.getMessage());
    }
  }

  private Fenced() {}

  static Outcome run(Decompressor decompressor, byte[] input, int room) {
    Outcome one = run(decompressor, input, room, (byte) 0);
    Outcome other = run(decompressor, input, room, (byte) 0xFF);
    assertThat(other.sentence())
        .as("the same input between other bytes: it was read beyond its end")
        .isEqualTo(one.sentence());
    assertThat(other.bytes)
        .as("the same input between other bytes: it was read beyond its end")
        .isEqualTo(one.bytes);
    return one;
  }

  private static Outcome run(Decompressor decompressor, byte[] input, int room, byte around) {
    byte[] source = new byte[input.length + 2 * FENCE_BYTES];
    Arrays.fill(source, around);
    System.arraycopy(input, 0, source, FENCE_BYTES, input.length);
    byte[] target = new byte[room + 2 * FENCE_BYTES];
    Arrays.fill(target, UNTOUCHED);
    Outcome outcome;
    try {
      int length =
          decompressor.decompress(source, FENCE_BYTES, input.length, target, FENCE_BYTES, room);
      assertThat(length).as("bytes that are said to be written").isBetween(0, room);
      outcome = new Outcome(Arrays.copyOfRange(target, FENCE_BYTES, FENCE_BYTES + length), null);
    } catch (CorruptDataException e) {
      assertThat(e.offset()).as("offset of: %s", e.getMessage()).isBetween(0L, (long) input.length);
      outcome = new Outcome(new byte[0], e);
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(
          "wrong input was not noticed but carried out: " + e + ", for " + hex(input), e);
    }
    requireUntouched(target, 0);
    requireUntouched(target, FENCE_BYTES + room);
    return outcome;
  }

  private static String hex(byte[] input) {
    String hex = HexFormat.of().formatHex(input, 0, Math.min(input.length, 200));
    return input.length + " bytes " + hex;
  }

  private static void requireUntouched(byte[] target, int from) {
    for (int i = from; i < from + FENCE_BYTES; i++) {
      assertThat(target[i] == UNTOUCHED)
          .as("byte %d of a fence around the output is untouched", i - from)
          .isTrue();
    }
  }
}
