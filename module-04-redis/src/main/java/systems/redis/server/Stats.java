package systems.redis.server;

import java.util.TreeMap;

/** Counters for INFO; written and read by the command thread. */
final class Stats {
  long connections;
  long commands;
  long rejectedConnections;
  long bytesIn;
  long bytesOut;
  long expiredKeys;
  long evictedKeys;
  long lazilyFreed;
  long evictedClients;
  long evictedScripts;
  long hits;
  long misses;
  long errorReplies;
  long unexpectedErrors;
  long queryBufferLimit;
  long outputBufferLimit;
  long readsProcessed;
  long writesProcessed;
  long peakMemory;
  long aclDeniedAuth;
  long aclDeniedCommand;
  long aclDeniedKey;
  long aclDeniedChannel;
  long evictionExceededMillis;
  long evictionExceededSince;
  final TreeMap<String, long[]> errors = new TreeMap<>();

  private static final int SAMPLES = 16;
  private final long[] opsSamples = new long[SAMPLES];
  private final long[] inSamples = new long[SAMPLES];
  private final long[] outSamples = new long[SAMPLES];
  private int sample;
  private long lastNanos = System.nanoTime();
  private long lastOps;
  private long lastIn;
  private long lastOut;

  void reset() {
    long peak = peakMemory;
    connections = 0;
    commands = 0;
    rejectedConnections = 0;
    bytesIn = 0;
    bytesOut = 0;
    expiredKeys = 0;
    evictedKeys = 0;
    lazilyFreed = 0;
    evictedClients = 0;
    evictedScripts = 0;
    hits = 0;
    misses = 0;
    errorReplies = 0;
    unexpectedErrors = 0;
    queryBufferLimit = 0;
    outputBufferLimit = 0;
    readsProcessed = 0;
    writesProcessed = 0;
    aclDeniedAuth = 0;
    aclDeniedCommand = 0;
    aclDeniedKey = 0;
    aclDeniedChannel = 0;
    evictionExceededMillis = 0;
    errors.clear();
    peakMemory = peak;
    java.util.Arrays.fill(opsSamples, 0);
    lastOps = 0;
    lastIn = 0;
    lastOut = 0;
  }

  /** Takes a sample for the rates; ten times a second. */
  void tick() {
    long now = System.nanoTime();
    double seconds = Math.max(1e-3, (now - lastNanos) / 1e9);
    opsSamples[sample] = (long) ((commands - lastOps) / seconds);
    inSamples[sample] = (long) ((bytesIn - lastIn) / seconds);
    outSamples[sample] = (long) ((bytesOut - lastOut) / seconds);
    sample = (sample + 1) % SAMPLES;
    lastNanos = now;
    lastOps = commands;
    lastIn = bytesIn;
    lastOut = bytesOut;
  }

  long opsPerSecond() {
    return mean(opsSamples);
  }

  double inKibPerSecond() {
    return mean(inSamples) / 1024.0;
  }

  double outKibPerSecond() {
    return mean(outSamples) / 1024.0;
  }

  private static long mean(long[] samples) {
    long sum = 0;
    for (long s : samples) {
      sum += s;
    }
    return sum / SAMPLES;
  }

  void error(String text) {
    errorReplies++;
    int end = text.indexOf(' ');
    String code = end < 0 ? text : text.substring(0, end);
    if (code.length() <= 32 && errors.size() < 128 || errors.containsKey(code)) {
      errors.computeIfAbsent(code, _ -> new long[1])[0]++;
    }
  }
}
