package systems.core.codec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import net.jpountz.lz4.LZ4Factory;
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
 * A block of LZ4, compressed and decompressed, by us, by lz4-java's codec in Java, and by LZ4
 * itself behind JNI. All decompress the same block, the one that LZ4 itself made.
 */
@NullMarked
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class Lz4BlockKernel {

  /** Ours and its rivals. */
  public enum Contestant {
    OURS,
    SAFE_JAVA,
    NATIVE
  }

  /** What is compressed. */
  public enum Kind {
    TEXT,
    LOG,
    INTS,
    PRICES,
    RANDOM,
    ZEROS
  }

  /** Compresses; returns the length. */
  private interface Compressor {
    int compress(byte[] source, byte[] target);
  }

  /** Decompresses; returns the length. */
  private interface Decompressor {
    int decompress(byte[] source, byte[] target) throws Exception;
  }

  @Param public Contestant contestant = Contestant.OURS;
  @Param public Kind kind = Kind.TEXT;

  @Param("1048576")
  public int length;

  private Compressor compressor = (source, target) -> 0;
  private Decompressor decompressor = (source, target) -> 0;
  private byte[] plain = {};
  private byte[] packed = {};
  private byte[] room = {};

  @Setup
  public void prepare() {
    plain = bytes(kind, length);
    packed = LZ4Factory.nativeInstance().fastCompressor().compress(plain);
    room = new byte[Lz4Block.maxCompressedLength(length)];
    choose(contestant);
  }

  private void choose(Contestant chosen) {
    switch (chosen) {
      case OURS -> {
        var block = new Lz4Block();
        compressor = (s, t) -> block.compress(s, 0, s.length, t, 0, t.length);
        decompressor = (s, t) -> Lz4Block.decompress(s, 0, s.length, t, 0, length);
      }
      case SAFE_JAVA -> use(LZ4Factory.safeInstance());
      case NATIVE -> use(LZ4Factory.nativeInstance());
    }
  }

  private void use(LZ4Factory factory) {
    var theirs = factory.fastCompressor();
    var theirDecompressor = factory.safeDecompressor();
    compressor = (s, t) -> theirs.compress(s, 0, s.length, t, 0, t.length);
    decompressor = (s, t) -> theirDecompressor.decompress(s, 0, s.length, t, 0, length);
  }

  @Benchmark
  public int compress() {
    return compressor.compress(plain, room);
  }

  @Benchmark
  public int decompress() throws Exception {
    return decompressor.decompress(packed, room);
  }

  private static byte[] bytes(Kind kind, int length) {
    var random = new SplittableRandom(1);
    byte[] bytes = new byte[length];
    switch (kind) {
      case TEXT -> text(bytes, random);
      case LOG -> log(bytes, random);
      case INTS -> ints(bytes, random);
      case PRICES -> prices(bytes, random);
      case RANDOM -> random.nextBytes(bytes);
      case ZEROS -> {}
    }
    return bytes;
  }

  /** Words of a vocabulary, frequent ones and rare ones, by Zipf's law roughly. */
  private static void text(byte[] bytes, SplittableRandom random) {
    String[] words = new String[4000];
    for (int i = 0; i < words.length; i++) {
      var word = new StringBuilder();
      for (int j = 1 + random.nextInt(9); j >= 0; j--) {
        double drawn = random.nextDouble();
        word.append("etaoinshrdlucmfwypvbgkjqxz".charAt((int) (26 * drawn * drawn)));
      }
      words[i] = word.append(' ').toString();
    }
    var text = new StringBuilder();
    while (text.length() < bytes.length) {
      text.append(words[(int) Math.pow(words.length, random.nextDouble()) - 1]);
    }
    copy(text, bytes);
  }

  private static void log(byte[] bytes, SplittableRandom random) {
    var text = new StringBuilder();
    String[] paths = {"/cart", "/search", "/item/details", "/login", "/static/app.js", "/health"};
    for (int i = 0; text.length() < bytes.length; i++) {
      text.append("10.0.").append(random.nextInt(4)).append('.').append(random.nextInt(256));
      text.append(" - - [04/May/2026:12:").append(10 + i / 6000 % 50).append(':');
      text.append(10 + i / 100 % 50).append(" +0000] \"GET ").append(paths[random.nextInt(6)]);
      text.append(" HTTP/1.1\" ").append(random.nextInt(20) == 0 ? 404 : 200).append(' ');
      text.append(random.nextInt(20_000)).append('\n');
    }
    copy(text, bytes);
  }

  private static void copy(StringBuilder text, byte[] bytes) {
    byte[] encoded = text.toString().getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(encoded, 0, bytes, 0, bytes.length);
  }

  /** A column of ascending numbers. */
  private static void ints(byte[] bytes, SplittableRandom random) {
    var buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int value = 1000;
    while (buffer.remaining() >= 4) {
      buffer.putInt(value);
      value += random.nextInt(3);
    }
  }

  /** A column of doubles with two decimals, some more often than others. */
  private static void prices(byte[] bytes, SplittableRandom random) {
    double[] prices = new double[1000];
    Arrays.setAll(prices, i -> random.nextInt(100_000) / 100.0);
    var buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.remaining() >= 8) {
      buffer.putDouble(prices[(int) Math.pow(prices.length, random.nextDouble()) - 1]);
    }
  }
}
