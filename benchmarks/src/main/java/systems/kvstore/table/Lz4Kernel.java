package systems.kvstore.table;

import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FastDecompressor;
import org.jspecify.annotations.NullMarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One data block of 4 KiB through our LZ4 codec and through lz4-java: its C library by JNI and its
 * pure Java port without Unsafe. The block is that of the store's workloads: every 100 bytes half
 * random, half a repetition. {@code blocks} different ones are taken in turn, so that no branch is
 * learned by heart.
 *
 * <p>The kernels of this package measure parts that are private to the package; that is why they
 * are in it, though in another artifact.
 */
@NullMarked
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class Lz4Kernel {
  private static final int BLOCK_BYTES = 4096;
  private static final int VALUE_BYTES = 100;
  private static final long SEED = 3;

  @Param("64")
  public int blocks;

  private final Lz4 ours = new Lz4();
  private final LZ4Compressor nativeCompressor = LZ4Factory.nativeInstance().fastCompressor();
  private final LZ4FastDecompressor nativeDecompressor =
      LZ4Factory.nativeInstance().fastDecompressor();
  private final LZ4Compressor javaCompressor = LZ4Factory.safeInstance().fastCompressor();
  private final LZ4FastDecompressor javaDecompressor = LZ4Factory.safeInstance().fastDecompressor();
  private final byte[] out = new byte[2 * BLOCK_BYTES];
  private byte[][] plain = {};
  private byte[][] packed = {};
  private int turn;

  @Setup
  public void makeBlocks() {
    var random = new SplittableRandom(SEED);
    plain = new byte[blocks][BLOCK_BYTES];
    packed = new byte[blocks][];
    for (int i = 0; i < blocks; i++) {
      fill(plain[i], random);
      int length = ours.compress(plain[i], 0, BLOCK_BYTES, out, 0);
      packed[i] = java.util.Arrays.copyOf(out, length);
    }
  }

  private static void fill(byte[] block, SplittableRandom random) {
    random.nextBytes(block);
    for (int at = 0; at + VALUE_BYTES <= block.length; at += VALUE_BYTES) {
      System.arraycopy(block, at, block, at + VALUE_BYTES / 2, VALUE_BYTES / 2);
    }
  }

  private int next() {
    turn = turn + 1 == blocks ? 0 : turn + 1;
    return turn;
  }

  @Benchmark
  public int compressOurs() {
    return ours.compress(plain[next()], 0, BLOCK_BYTES, out, 0);
  }

  @Benchmark
  public int compressNative() {
    return nativeCompressor.compress(plain[next()], 0, BLOCK_BYTES, out, 0);
  }

  @Benchmark
  public int compressJava() {
    return javaCompressor.compress(plain[next()], 0, BLOCK_BYTES, out, 0);
  }

  @Benchmark
  public byte decompressOurs() throws IOException {
    byte[] block = packed[next()];
    Lz4.decompress(block, 0, block.length, out, 0, BLOCK_BYTES);
    return out[0];
  }

  @Benchmark
  public byte decompressNative() {
    nativeDecompressor.decompress(packed[next()], 0, out, 0, BLOCK_BYTES);
    return out[0];
  }

  @Benchmark
  public byte decompressJava() {
    javaDecompressor.decompress(packed[next()], 0, out, 0, BLOCK_BYTES);
    return out[0];
  }
}
