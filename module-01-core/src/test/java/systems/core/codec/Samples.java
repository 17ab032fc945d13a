package systems.core.codec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** Bytes of the kinds that get compressed, the same for the same seed. */
enum Samples {
  TEXT {
    @Override
    void fill(byte[] bytes, SplittableRandom random) {
      var text = new StringBuilder();
      while (text.length() < bytes.length) {
        // squared, so that some words are frequent
        int word = random.nextInt(64) * random.nextInt(64);
        text.append(Integer.toString(word * 7919 + 1000, 36)).append(' ');
      }
      copy(text, bytes);
    }
  },
  LOG {
    @Override
    void fill(byte[] bytes, SplittableRandom random) {
      var text = new StringBuilder();
      for (int i = 0; text.length() < bytes.length; i++) {
        text.append("2026-05-04T12:").append(10 + i / 60 % 50).append(':').append(10 + i % 50);
        text.append(" INFO request ").append(random.nextInt(1_000_000)).append(" served in ");
        text.append(random.nextInt(300)).append(" ms\n");
      }
      copy(text, bytes);
    }
  },
  INTS {
    @Override
    void fill(byte[] bytes, SplittableRandom random) {
      var buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      int value = 1000;
      while (buffer.remaining() >= 4) {
        buffer.putInt(value);
        value += random.nextInt(4) == 0 ? random.nextInt(100) : 0;
      }
    }
  },
  RANDOM {
    @Override
    void fill(byte[] bytes, SplittableRandom random) {
      random.nextBytes(bytes);
    }
  },
  ZEROS {
    @Override
    void fill(byte[] bytes, SplittableRandom random) {
      // they are
    }
  },
  PERIODS {
    @Override
    void fill(byte[] bytes, SplittableRandom random) {
      for (int at = 0; at < bytes.length; ) {
        int period = 1 + random.nextInt(20);
        int end = Math.min(bytes.length, at + random.nextInt(400));
        for (int start = at; at < end; at++) {
          bytes[at] = at < start + period ? (byte) random.nextInt() : bytes[at - period];
        }
      }
    }
  };

  abstract void fill(byte[] bytes, SplittableRandom random);

  byte[] bytes(int length, long seed) {
    byte[] bytes = new byte[length];
    fill(bytes, new SplittableRandom(seed));
    return bytes;
  }

  private static void copy(StringBuilder text, byte[] bytes) {
    byte[] encoded = text.toString().getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(encoded, 0, bytes, 0, bytes.length);
  }
}
