package systems.redis.persist;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.redis.Effort;
import systems.redis.Wire;
import systems.redis.WithServer;

/** One value as bytes: what DUMP gives, RESTORE takes; what nobody gave, it refuses. */
@Tag("phase-4")
final class PayloadTest extends WithServer {
  private static final String BAD = "-ERR Bad data format";

  // ---- round trips

  private void fill() throws IOException {
    say(a, "SET text hello");
    say(a, "SET number -70000");
    say(a, "SET wide 123456789012345");
    ask(a, "SET", "long", "abc".repeat(300));
    ask(a, "SET", "bytes", "\0\r\n\u00ff");
    say(a, "RPUSH list a 1 -5000000000 b");
    say(a, "SADD integers 1 2 70000 -5000000000");
    say(a, "SADD set a b c");
    say(a, "HSET hash f v g 17");
    say(a, "ZADD zset 1 a -inf b 2.5 c");
    for (int i = 0; i < 600; i++) {
      say(a, "RPUSH biglist element-" + "x".repeat(i % 90) + i);
      say(a, "SADD bigset m" + i);
      say(a, "HSET bighash f" + i + " v" + i);
      say(a, "ZADD bigzset " + i + ".25 m" + i);
    }
    ask(a, "RPUSH", "plain", "y".repeat(20_000), "z");
  }

  private static final List<String> KEYS =
      List.of(
          "text",
          "number",
          "wide",
          "long",
          "bytes",
          "list",
          "integers",
          "set",
          "hash",
          "zset",
          "biglist",
          "bigset",
          "bighash",
          "bigzset",
          "plain");

  private static String dump(Wire wire, String key) throws IOException {
    String reply = wire.call("DUMP", key);
    assertThat(reply).as("DUMP %s", key).startsWith("$");
    return reply.substring(reply.indexOf("\r\n") + 2, reply.length() - 2);
  }

  private String restore(String payload) throws IOException {
    return ask(a, "RESTORE", "copy", "0", payload, "REPLACE");
  }

  @Test
  void whatIsDumpedCanBeRestored() throws Exception {
    fill();
    for (String key : KEYS) {
      String payload = dump(a, key);
      assertThat(restore(payload)).as("RESTORE of %s", key).isEqualTo("OK");
      assertThat(say(a, "DEBUG DIGEST-VALUE copy"))
          .as("the value of %s after DUMP and RESTORE", key)
          .isEqualTo(say(a, "DEBUG DIGEST-VALUE " + key));
      assertThat(say(a, "OBJECT ENCODING copy"))
          .as("the encoding of %s", key)
          .isEqualTo(say(a, "OBJECT ENCODING " + key));
      assertThat(dump(a, "copy").length()).as("a dump of the copy of %s", key).isPositive();
    }
    assertThat(say(a, "DUMP none")).isEqualTo("nil");
  }

  @Test
  void aDumpHasTypeVersionAndChecksum() throws Exception {
    say(a, "SET number 5");
    byte[] payload = dump(a, "number").getBytes(ISO_8859_1);
    assertThat(Arrays.copyOf(payload, 5))
        .as("type 0, an integer of one byte, version 10")
        .containsExactly(0, 0xc0, 5, 10, 0);
    say(a, "SET number 300");
    assertThat(Arrays.copyOf(dump(a, "number").getBytes(ISO_8859_1), 4))
        .as("an integer of two bytes, the low one first")
        .containsExactly(0, 0xc1, 0x2c, 1);
    ask(a, "SET", "text", "x".repeat(100));
    assertThat(dump(a, "text").getBytes(ISO_8859_1)[1])
        .as("a text that repeats itself is compressed")
        .isEqualTo((byte) 0xc3);
    byte[] random = new byte[100];
    new Random(5).nextBytes(random);
    ask(a, "SET", "text", new String(random, ISO_8859_1));
    assertThat(Arrays.copyOf(dump(a, "text").getBytes(ISO_8859_1), 3))
        .as("100 bytes without any pattern: a length of 14 bits")
        .containsExactly(0, 0x40, 100);
  }

  // ---- options

  @Test
  void aKeyThatIsThereIsNotReplacedUnlessTold() throws Exception {
    say(a, "SET text hello");
    String payload = dump(a, "text");
    assertThat(ask(a, "RESTORE", "text", "0", payload))
        .isEqualTo("-BUSYKEY Target key name already exists.");
    assertThat(ask(a, "RESTORE", "text", "0", payload, "REPLACE")).isEqualTo("OK");
  }

  @Test
  void aLifeTimeIsRelativeOrAbsolute() throws Exception {
    say(a, "SET text hello");
    String payload = dump(a, "text");
    ask(a, "RESTORE", "relative", "100000", payload);
    assertThat(Long.parseLong(say(a, "PTTL relative")))
        .as("milliseconds left of 100000")
        .isBetween(1L, 100_000L);
    long at = time(a) + 5_000_000;
    ask(a, "RESTORE", "absolute", Long.toString(at), payload, "ABSTTL");
    assertThat(say(a, "PEXPIRETIME absolute")).isEqualTo(Long.toString(at));
    ask(a, "RESTORE", "none", "0", payload);
    assertThat(say(a, "PTTL none")).isEqualTo("-1");
    assertThat(ask(a, "RESTORE", "past", "1", payload, "ABSTTL")).isEqualTo("OK");
    assertThat(say(a, "EXISTS past")).as("a key whose time is over").isEqualTo("0");
    assertThat(ask(a, "RESTORE", "k", "-1", payload)).startsWith("-ERR Invalid TTL value");
  }

  @Test
  void theUseOfAKeyComesWithIt() throws Exception {
    say(a, "SET text hello");
    String payload = dump(a, "text");
    ask(a, "RESTORE", "idle", "0", payload, "IDLETIME", "1000");
    assertThat(Integer.parseInt(say(a, "OBJECT IDLETIME idle")))
        .as("seconds without use")
        .isBetween(1000, 1100);
    say(a, "CONFIG SET maxmemory-policy allkeys-lfu");
    ask(a, "RESTORE", "often", "0", payload, "FREQ", "200");
    assertThat(say(a, "OBJECT FREQ often")).isEqualTo("200");
    assertThat(ask(a, "RESTORE", "k", "0", payload, "FREQ", "300"))
        .isEqualTo("-ERR Invalid FREQ value, must be >= 0 and <= 255");
  }

  // ---- payloads that nobody has dumped

  /** Type and value with a version and a checksum that are right. */
  private static String signed(byte[] body) {
    var out = new ByteArrayOutputStream();
    out.writeBytes(body);
    out.write(10);
    out.write(0);
    long crc = slowCrc(out.toByteArray());
    for (int i = 0; i < 8; i++) {
      out.write((int) (crc >>> 8 * i));
    }
    return out.toString(ISO_8859_1);
  }

  /** Jones' CRC-64, bit by bit. */
  private static long slowCrc(byte[] bytes) {
    long crc = 0;
    for (byte b : bytes) {
      crc ^= b & 0xff;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) != 0 ? crc >>> 1 ^ 0x95AC9329AC4BC9B5L : crc >>> 1;
      }
    }
    return crc;
  }

  private static byte[] bytes(Object... parts) {
    var out = new ByteArrayOutputStream();
    for (Object part : parts) {
      switch (part) {
        case Integer b -> out.write(b);
        case Character c -> out.write(c);
        case String text -> {
          out.write(text.length());
          out.writeBytes(text.getBytes(ISO_8859_1));
        }
        case byte[] raw -> out.writeBytes(raw);
        default -> throw new AssertionError("no part of a payload: " + part);
      }
    }
    return out.toByteArray();
  }

  private static byte[] real(double value) {
    return java.nio.ByteBuffer.allocate(8)
        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
        .putDouble(value)
        .array();
  }

  /** A listpack of short strings, as a string of RDB. */
  private static byte[] pack(String... elements) {
    var body = new ByteArrayOutputStream();
    for (String element : elements) {
      body.write(0x80 | element.length());
      body.writeBytes(element.getBytes(ISO_8859_1));
      body.write(1 + element.length());
    }
    int total = 6 + body.size() + 1;
    return bytes(
        bytes(total), bytes(total, 0, 0, 0, elements.length, 0), body.toByteArray(), bytes(0xff));
  }

  @Test
  void theChecksumIsThatOfTheBytes() throws Exception {
    assertThat(restore(signed(bytes(0, "hello"))))
        .as("a payload signed by the test")
        .isEqualTo("OK");
    assertThat(say(a, "GET copy")).isEqualTo("hello");
    ask(a, "SET", "k", "0123456789abcdefghijk");
    String payload = dump(a, "k");
    byte[] body = payload.substring(0, payload.length() - 10).getBytes(ISO_8859_1);
    assertThat(payload).as("DUMP's own bytes, signed by the test").isEqualTo(signed(body));
  }

  @Test
  void aWrongChecksumOrAForeignVersionIsNamed() throws Exception {
    String wrong = "-ERR DUMP payload version or checksum are wrong";
    byte[] payload = signed(bytes(0, "hello")).getBytes(ISO_8859_1);
    for (int i = 0; i < payload.length; i++) {
      byte[] broken = payload.clone();
      broken[i] ^= 4;
      assertThat(restore(new String(broken, ISO_8859_1)))
          .as("byte %d is another", i)
          .isEqualTo(wrong);
    }
    byte[] future = bytes(0, "hello", 11, 0);
    long crc = slowCrc(future);
    var out = new ByteArrayOutputStream();
    out.writeBytes(future);
    for (int i = 0; i < 8; i++) {
      out.write((int) (crc >>> 8 * i));
    }
    assertThat(restore(out.toString(ISO_8859_1))).as("version 11").isEqualTo(wrong);
    assertThat(restore("short")).isEqualTo(wrong);
    assertThat(restore("")).isEqualTo(wrong);
  }

  private void refused(String what, byte[] body) throws IOException {
    assertThat(restore(signed(body))).as(what).isEqualTo(BAD);
  }

  @Test
  void aCollectionThatHasSomethingTwiceIsRefused() throws Exception {
    assertThat(restore(signed(bytes(2, 2, "a", "b")))).isEqualTo("OK");
    refused("a set with a member that comes twice", bytes(2, 2, "a", "a"));
    refused("a list with a node of no bytes", bytes(18, 1, 1, ""));
    refused("a hash with a field that comes twice", bytes(4, 2, "f", "1", "f", "2"));
    refused("a sorted set with a member that comes twice", bytes(5, 2, "m", real(1), "m", real(2)));
    refused("a listpack hash with a field that comes twice", bytes(16, pack("f", "1", "f", "2")));
    refused("a listpack sorted set with a member twice", bytes(17, pack("m", "1", "m", "2")));
  }

  @Test
  void scoresAreNumbersAndInOrder() throws Exception {
    assertThat(restore(signed(bytes(17, pack("a", "1", "b", "2"))))).isEqualTo("OK");
    refused("a score that is no number", bytes(5, 1, "m", real(Double.NaN)));
    refused("a listpack with a score that is no number", bytes(17, pack("m", "abc")));
    refused("a listpack whose scores descend", bytes(17, pack("a", "2", "b", "1")));
  }

  @Test
  void pairsAreComplete() throws Exception {
    refused("a listpack hash whose last field has no value", bytes(16, pack("f", "1", "g")));
    refused("a listpack sorted set whose last member has no score", bytes(17, pack("m")));
    refused("a hash that ends in a field", bytes(4, 1, "f"));
  }

  @Test
  void emptyCollectionsAreRefused() throws Exception {
    refused("a set of nothing", bytes(2, 0));
    refused("a hash of nothing", bytes(4, 0));
    refused("a list of nothing", bytes(18, 0));
    refused("a listpack hash of nothing", bytes(16, pack()));
    refused("a listpack sorted set of nothing", bytes(17, pack()));
  }

  @Test
  void lengthsAreOnesThatCanBe() throws Exception {
    refused("a text of which half is missing", bytes(0, 20, 'a', 'b'));
    refused("a text of 2 to the power of 62 bytes", bytes(0, 0x81, 0x40, 0, 0, 0, 0, 0, 0, 0));
    refused("a text of minus one byte", bytes(0, 0x81, 255, 255, 255, 255, 255, 255, 255, 255));
    refused("a list of minus one node", bytes(18, 0x81, 255, 255, 255, 255, 255, 255, 255, 255));
    refused("a form of length that there is not", bytes(0, 0x82, 0, 0, 0, 0));
    refused("bytes behind the value", bytes(0, "hello", 7));
    refused("a type that there is not", bytes(77, "hello"));
    refused("a text compressed to nothing", bytes(0, 0xc3, 0, 20));
    refused("a compressed text that unpacks to less", bytes(0, 0xc3, 4, 60, 2, 'a', 'b', 'c'));
    refused("a quicklist node of a third kind", bytes(18, 1, 3, pack("a")));
  }

  @Test
  void integersOfASetAscend() throws Exception {
    assertThat(restore(signed(bytes(11, 12, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 2, 0)))).isEqualTo("OK");
    refused("an intset that descends", bytes(11, 12, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 1, 0));
    refused("an intset that has one twice", bytes(11, 12, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 1, 0));
    refused("an intset of three bytes each", bytes(11, 11, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0));
    refused("an intset that promises more", bytes(11, 10, 2, 0, 0, 0, 9, 0, 0, 0, 1, 0));
  }

  /** Changes some bytes, cuts some off, doubles some. */
  private static byte[] mutated(byte[] body, Random random) {
    byte[] changed = body.clone();
    for (int i = random.nextInt(3); i >= 0; i--) {
      changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
    }
    return switch (random.nextInt(4)) {
      case 0 -> Arrays.copyOf(changed, 1 + random.nextInt(changed.length));
      case 1 -> {
        byte[] longer = Arrays.copyOf(changed, changed.length + 3);
        random.nextBytes(longer);
        System.arraycopy(changed, 0, longer, 0, changed.length);
        yield longer;
      }
      default -> changed;
    };
  }

  @Test
  void aDamagedPayloadIsRefusedOrIsAValue() throws Exception {
    fill();
    var random = new Random(11);
    var refusals = new ArrayList<String>();
    for (String key : KEYS) {
      String payload = dump(a, key);
      byte[] body = payload.substring(0, payload.length() - 10).getBytes(ISO_8859_1);
      for (int i = 0; i < Effort.of(400, 40); i++) {
        byte[] broken = mutated(body, random);
        String reply = restore(signed(broken));
        assertThat(reply).as("the reply to mutation %d of %s", i, key).isIn("OK", BAD);
        if (reply.equals(BAD)) {
          refusals.add(key);
        } else {
          assertThat(say(a, "DEBUG DIGEST-VALUE copy"))
              .as("a value that was taken, mutation %d of %s, can be read whole", i, key)
              .startsWith("[");
        }
      }
    }
    assertThat(refusals).as("damage that was noticed").hasSizeGreaterThan(KEYS.size());
    assertThat(info(a, "unexpected_error_replies")).isEqualTo("0");
  }
}
