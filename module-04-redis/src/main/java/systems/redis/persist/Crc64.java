package systems.redis.persist;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The checksum of RDB files and DUMP payloads: CRC-64 with Jones' polynomial, reflected, from 0.
 *
 * <p>Eight tables take eight bytes a step instead of one (slicing, Kounavis and Berry 2005).
 */
public final class Crc64 {
  private static final long POLYNOMIAL = 0x95AC9329AC4BC9B5L; // 0xad93d23594c935a9 reflected
  private static final int SLICES = 8;
  private static final long[][] TABLES = tables();
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, LITTLE_ENDIAN);

  private Crc64() {}

  private static long[][] tables() {
    long[][] t = new long[SLICES][256];
    for (int i = 0; i < 256; i++) {
      long crc = i;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) != 0 ? crc >>> 1 ^ POLYNOMIAL : crc >>> 1;
      }
      t[0][i] = crc;
    }
    for (int s = 1; s < SLICES; s++) {
      for (int i = 0; i < 256; i++) {
        t[s][i] = t[s - 1][i] >>> 8 ^ t[0][(int) t[s - 1][i] & 0xff];
      }
    }
    return t;
  }

  /** Goes on with a checksum over more bytes; begin with 0. */
  public static long update(long crc, byte[] bytes, int from, int to) {
    //> phase 4: eight bytes a step, and the rest one by one; which table is for which byte?
    long c = crc;
    int i = from;
    for (; i + 8 <= to; i += 8) {
      long x = c ^ (long) LONGS.get(bytes, i);
      c = 0;
      for (int s = 0; s < 8; s++) {
        c ^= TABLES[7 - s][(int) (x >>> 8 * s) & 0xff];
      }
    }
    for (; i < to; i++) {
      c = c >>> 8 ^ TABLES[0][(int) (c ^ bytes[i]) & 0xff];
    }
    return c;
    //< phase 4
  }
}
