package systems.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which key goes when there is no room. */
@Tag("phase-5")
final class EvictionTest extends WithServer {
  private static final int VALUE_BYTES = 20_000;

  private void fill(String prefix, int count, String... options) throws IOException {
    for (int i = 0; i < count; i++) {
      String[] words = new String[3 + options.length];
      words[0] = "SET";
      words[1] = prefix + i;
      words[2] = "x".repeat(VALUE_BYTES);
      System.arraycopy(options, 0, words, 3, options.length);
      assertThat(ask(b, words)).isEqualTo("OK");
    }
  }

  /** A limit that takes about so many of the values that are there away. */
  private void limitBy(int values) throws IOException {
    long used = Long.parseLong(info(b, "used_memory"));
    long limit = used - (long) values * VALUE_BYTES;
    assertThat(say(b, "CONFIG SET maxmemory " + limit)).isEqualTo("OK");
  }

  private void policy(String policy) throws IOException {
    assertThat(say(b, "CONFIG SET maxmemory-policy " + policy)).isEqualTo("OK");
  }

  private int count(String prefix, int keys) throws IOException {
    int there = 0;
    for (int i = 0; i < keys; i++) {
      there += say(b, "EXISTS " + prefix + i).equals("1") ? 1 : 0;
    }
    return there;
  }

  @Test
  void withoutEvictionWhatGrowsIsRefused() throws Exception {
    fill("k", 10);
    say(b, "SADD s m");
    limitBy(1);
    assertThat(say(b, "SET new v"))
        .as("a write beyond maxmemory with noeviction")
        .isEqualTo("-OOM command not allowed when used memory > 'maxmemory'.");
    assertThat(say(b, "GET k1")).as("a read").hasSize(VALUE_BYTES);
    assertThat(say(b, "DEL k1 k2")).as("what makes room").isEqualTo("2");
    assertThat(say(b, "SET new v")).as("when there is room again").isEqualTo("OK");
  }

  @Test
  void aTransactionThatWouldGrowIsRefusedWhole() throws Exception {
    fill("k", 10);
    say(b, "MULTI");
    say(b, "SET new v");
    a.call("CONFIG", "SET", "maxmemory", "1");
    assertThat(say(b, "EXEC"))
        .as("EXEC of a queued write, when memory has run out meanwhile")
        .startsWith("-");
    assertThat(say(b, "EXISTS new")).isEqualTo("0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"allkeys-lru", "allkeys-lfu", "allkeys-random"})
  void anyKeyMayGo(String policy) throws Exception {
    policy(policy);
    fill("k", 30);
    limitBy(10);
    fill("new", 1);
    int there = count("k", 30);
    assertThat(there).as("of 30 keys, with a limit that ten are too many for").isBetween(15, 20);
    int all = Integer.parseInt(say(b, "DBSIZE"));
    assertThat(info(b, "evicted_keys"))
        .as("evicted of 31 keys, with %d left", all)
        .isEqualTo(Integer.toString(31 - all));
  }

  @ParameterizedTest
  @ValueSource(strings = {"volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl"})
  void onlyKeysThatExpireMayGo(String policy) throws Exception {
    policy(policy);
    fill("stays", 15);
    fill("expires", 15, "EX", "10000");
    limitBy(8);
    say(b, "SET new v");
    assertThat(count("stays", 15) == 15).as("all keys without an end, with %s", policy).isTrue();
    assertThat(count("expires", 15)).as("keys with an end").isBetween(3, 8);
    fill("more", 3);
    say(b, "CONFIG SET maxmemory 1");
    assertThat(say(b, "SET new v")).as("when nothing is left that may go").startsWith("-OOM");
    assertThat(count("expires", 15)).isZero();
  }

  private void restore(String key, String option, int value) throws IOException {
    say(b, "SET source x");
    ask(b, "SET", "source", "x".repeat(VALUE_BYTES / 2) + "y".repeat(VALUE_BYTES / 2));
    String reply = b.call("DUMP", "source");
    String payload = reply.substring(reply.indexOf("\r\n") + 2, reply.length() - 2);
    assertThat(ask(b, "RESTORE", key, "0", payload, option, Integer.toString(value)))
        .isEqualTo("OK");
    say(b, "DEL source");
  }

  @Test
  void theLeastRecentlyUsedGoes() throws Exception {
    policy("allkeys-lru");
    say(b, "CONFIG SET maxmemory-samples 64");
    for (int i = 0; i < 10; i++) {
      restore("old" + i, "IDLETIME", 1000 + i);
      restore("young" + i, "IDLETIME", 10 + i);
    }
    limitBy(5);
    assertThat(count("young", 10)).as("keys used ten seconds ago").isEqualTo(10);
    assertThat(count("old", 10)).as("keys used a thousand seconds ago").isBetween(2, 6);
  }

  @Test
  void theLeastOftenUsedGoes() throws Exception {
    policy("allkeys-lfu");
    say(b, "CONFIG SET maxmemory-samples 64");
    for (int i = 0; i < 10; i++) {
      restore("often" + i, "FREQ", 200 + i);
      restore("seldom" + i, "FREQ", 10 + i);
    }
    limitBy(5);
    assertThat(count("often", 10)).as("keys with a counter of 200").isEqualTo(10);
    assertThat(count("seldom", 10)).as("keys with a counter of 10").isBetween(2, 6);
  }

  @Test
  void theOneThatEndsFirstGoes() throws Exception {
    policy("volatile-ttl");
    say(b, "CONFIG SET maxmemory-samples 64");
    fill("soon", 10, "EX", "1000");
    fill("late", 10, "EX", "100000");
    limitBy(5);
    assertThat(count("late", 10)).as("keys that end later").isEqualTo(10);
    assertThat(count("soon", 10)).as("keys that end soon").isBetween(2, 6);
  }

  @Test
  void whatIsEvictedIsToldAndForgotten() throws Exception {
    policy("allkeys-random");
    say(b, "CONFIG SET notify-keyspace-events Ee");
    fill("k", 5);
    say(a, "SUBSCRIBE __keyevent@0__:evicted");
    say(b, "CONFIG SET maxmemory 1");
    assertThat(pushed(a)).as("messages about evicted keys").hasSize(5);
    assertThat(say(b, "DBSIZE")).isEqualTo("0");
  }

  @Test
  void aValueThatReplacesAnotherEvictsNothing() throws Exception {
    policy("allkeys-random");
    fill("k", 200);
    String big = "x".repeat(500_000);
    b.call("SET", "big", big);
    long used = Long.parseLong(info(b, "used_memory"));
    say(b, "CONFIG SET maxmemory " + (used + 2_500_000));
    for (int i = 0; i < 10; i++) {
      b.call("SET", "big", big);
    }
    assertThat(say(b, "DBSIZE")).as("keys that are left").isEqualTo("201");
    say(b, "CONFIG SET maxmemory 1");
    assertThat(say(b, "DBSIZE")).as("keys that are left when nothing fits").isEqualTo("0");
  }

  @Test
  void eachEvictedKeyIsDeletedForItself() throws Exception {
    policy("allkeys-random");
    fill("k", 30);
    say(b, "CONFIG SET appendonly yes");
    until("the file is written", () -> info(b, "aof_rewrite_in_progress").equals("0"));
    limitBy(10);
    String evicted = info(b, "evicted_keys");
    String stream = incrementalFile();
    assertThat(stream).as("a transaction of them").doesNotContain("MULTI");
    long told = stream.lines().filter("DEL"::equals).count();
    assertThat(Long.toString(told)).as("DEL in the file").isEqualTo(evicted).isNotEqualTo("0");
  }

  private String incrementalFile() throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      Path last =
          files.filter(file -> file.toString().endsWith(".incr.aof")).sorted().toList().getLast();
      return Files.readString(last, ISO_8859_1);
    }
  }

  @Test
  void anUnknownPolicyIsRefused() throws Exception {
    assertThat(say(b, "CONFIG SET maxmemory-policy allkeys-ttl")).startsWith("-ERR CONFIG SET");
    fill("k", 2);
    say(b, "CONFIG SET maxmemory 1");
    assertThat(say(b, "SET k v")).startsWith("-OOM");
  }
}
