package systems.core.tool;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Requests to a cache, key by key: generated, or read from a file.
 *
 * <p>Generated traces are the same for the same seed. A file has one request a line, in one of
 * three forms, and may be compressed with gzip:
 *
 * <pre>
 *   LINES   any text is a key
 *   ARC     first block, number of blocks, anything   (N. Megiddo, D. Modha: P1.lis, S3.lis, ...)
 *   UMASS   unit,first block,bytes,...                (SPC traces: Financial1.spc, WebSearch1.spc, ...)
 * </pre>
 */
final class Trace {
  /** Most requests of a trace: 8 bytes each. */
  static final int REQUESTS_MAX = 50_000_000;

  private static final int BLOCKS_MAX = 1 << 20;
  private static final int BLOCK_BYTES = 512;
  private static final int LINE_CHARS_MAX = 1 << 16;

  /** The form of a trace file. */
  enum Format {
    LINES,
    ARC,
    UMASS
  }

  private final String name;
  private long[] keys;
  private int size;

  private Trace(String name, int expected) {
    this.name = name;
    keys = new long[Math.max(16, expected)];
  }

  String name() {
    return name;
  }

  int size() {
    return size;
  }

  long key(int request) {
    return keys[request];
  }

  private boolean isFull() {
    return size == REQUESTS_MAX;
  }

  private void add(long key) {
    if (isFull()) {
      return;
    }
    if (size == keys.length) {
      keys = Arrays.copyOf(keys, (int) Math.min(2L * size, REQUESTS_MAX));
    }
    keys[size++] = key;
  }

  /** Some keys are asked for much more often than others: the k-th with weight 1 / k^skew. */
  static Trace zipf(int requests, int keys, double skew, long seed) {
    var trace = new Trace("zipf " + skew + " over " + keys + " keys", requests);
    var random = new SplittableRandom(seed);
    double[] sums = sums(keys, skew);
    for (int i = 0; i < requests; i++) {
      trace.add(rank(sums, random));
    }
    return trace;
  }

  /**
   * The same, and at times somebody reads through a tenth of as many keys that nobody asks for
   * again.
   */
  static Trace scan(int requests, int keys, double skew, long seed) {
    var trace = new Trace("zipf " + skew + " over " + keys + " keys, with scans", requests);
    var random = new SplittableRandom(seed);
    double[] sums = sums(keys, skew);
    int scan = Math.max(1, keys / 10);
    long unknown = keys;
    while (trace.size < requests) {
      for (int i = 0; i < 4 * scan && trace.size < requests; i++) {
        trace.add(rank(sums, random));
      }
      for (int i = 0; i < scan && trace.size < requests; i++) {
        trace.add(unknown++);
      }
    }
    return trace;
  }

  /** All keys one after another, again and again. */
  static Trace loop(int requests, int keys) {
    var trace = new Trace("loop over " + keys + " keys", requests);
    for (int i = 0; i < requests; i++) {
      trace.add(i % keys);
    }
    return trace;
  }

  private static double[] sums(int keys, double skew) {
    double[] sums = new double[keys];
    double sum = 0;
    for (int i = 0; i < keys; i++) {
      sum += 1 / Math.pow(i + 1, skew);
      sums[i] = sum;
    }
    return sums;
  }

  private static int rank(double[] sums, SplittableRandom random) {
    int found = Arrays.binarySearch(sums, random.nextDouble() * sums[sums.length - 1]);
    return Math.min(found < 0 ? -found - 1 : found, sums.length - 1);
  }

  /** Reads a file; what is beyond {@link #REQUESTS_MAX} is left out. */
  static Trace read(Path file, Format format) throws IOException {
    var trace = new Trace(String.valueOf(file.getFileName()), 1 << 16);
    try (var lines =
        new BufferedReader(new InputStreamReader(open(file), StandardCharsets.ISO_8859_1))) {
      long number = 1;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.length() > LINE_CHARS_MAX) {
          throw new TraceException(
              file, number, "more than " + LINE_CHARS_MAX + " characters are no request");
        }
        if (trace.isFull()) {
          break;
        }
        if (!line.isBlank()) {
          trace.add(file, number, line.strip(), format);
        }
        number++;
      }
    }
    if (trace.size == 0) {
      throw new TraceException(file, 1, "there is no request in it");
    }
    return trace;
  }

  private static InputStream open(Path file) throws IOException {
    var in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    in.mark(2);
    boolean compressed = in.read() == 0x1f && in.read() == 0x8b;
    in.reset();
    return compressed ? new GZIPInputStream(in, 1 << 16) : in;
  }

  private void add(Path file, long number, String line, Format format) {
    switch (format) {
      case LINES -> add(hash(line));
      case ARC -> {
        String[] words = line.split("\\s+", 3);
        addBlocks(file, number, words.length < 2 ? null : words, 0, 1);
      }
      case UMASS -> {
        String[] words = line.split("\\s*,\\s*", 4);
        addBlocks(file, number, words.length < 3 ? null : words, 1, BLOCK_BYTES);
      }
    }
  }

  private void addBlocks(Path file, long number, String @Nullable [] words, int at, int unit) {
    try {
      if (words == null) {
        throw new NumberFormatException();
      }
      long first = Long.parseLong(words[at]) | (at == 0 ? 0 : Long.parseLong(words[0]) << 48);
      long blocks = (Long.parseLong(words[at + 1]) + unit - 1) / unit;
      if (blocks < 0 || blocks > BLOCKS_MAX) {
        throw new TraceException(
            file, number, "a request has 0 to " + BLOCKS_MAX + " blocks, this one " + blocks);
      }
      for (long block = first; block < first + blocks; block++) {
        add(block);
      }
    } catch (NumberFormatException _) {
      throw new TraceException(
          file, number, "the numbers of first block and length were expected here");
    }
  }

  /** FNV-1a of the text: keys are told apart by 64 bits. */
  private static long hash(String key) {
    long hash = 0xCBF29CE484222325L;
    for (int i = 0; i < key.length(); i++) {
      hash = (hash ^ key.charAt(i)) * 0x100000001B3L;
    }
    return hash;
  }
}
