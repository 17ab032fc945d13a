package systems.redis.persist;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import systems.redis.db.Database;
import systems.redis.db.Databases;
import systems.redis.db.ValueType;
import systems.redis.resp.Doubles;
import systems.redis.types.HashValue;
import systems.redis.types.ListValue;
import systems.redis.types.SetValue;
import systems.redis.types.StreamId;
import systems.redis.types.StreamValue;
import systems.redis.types.ZsetValue;

/**
 * A fingerprint of the data, equal to that of a real Redis with the same data: {@code DEBUG
 * DIGEST}.
 *
 * <p>Two operations on 20 bytes: {@code mix} depends on the order of what it is given, {@code xor}
 * does not. Elements of a set are xored, those of a list are mixed.
 */
final class Digest {
  private static final int BYTES = 20;

  private final MessageDigest sha1;
  private final byte[] sum = new byte[BYTES];

  private Digest() {
    try {
      sha1 = MessageDigest.getInstance("SHA-1");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("each Java has SHA-1", e);
    }
  }

  private void xor(byte[] bytes) {
    byte[] hash = sha1.digest(bytes);
    for (int i = 0; i < BYTES; i++) {
      sum[i] ^= hash[i];
    }
  }

  private void mix(byte[] bytes) {
    xor(bytes);
    byte[] hash = sha1.digest(sum);
    System.arraycopy(hash, 0, sum, 0, BYTES);
  }

  private void mix(int number) {
    mix(ByteBuffer.allocate(4).putInt(number).array());
  }

  private String hex() {
    return HexFormat.of().formatHex(sum);
  }

  /** All data. */
  static String of(Databases databases) {
    var all = new Digest();
    for (int i = 0; i < databases.count(); i++) {
      Database db = databases.get(i);
      if (db.size() > 0) {
        all.mix(i);
        db.keys()
            .forEach((key, value) -> {
              var one = new Digest();
              one.mix(key);
              one.value(value, db.expiresAt(key) >= 0);
              all.xor(one.sum);
            });
      }
    }
    return all.hex();
  }

  /** One value; zeros if there is none. */
  static String of(Database db, byte[] key) {
    var one = new Digest();
    Object value = db.peek(key);
    if (value != null) {
      one.value(value, db.expiresAt(key) >= 0);
    }
    return one.hex();
  }

  private static int typeNumber(Object value) {
    return switch (ValueType.of(value)) {
      case STRING -> 0;
      case LIST -> 1;
      case SET -> 2;
      case ZSET -> 3;
      case HASH -> 4;
      case STREAM -> 6;
    };
  }

  private void value(Object value, boolean expires) {
    mix(typeNumber(value));
    switch (value) {
      case ListValue list -> {
        for (ListValue.Place p = list.place(0, true); p.isThere(); p.advance()) {
          mix(p.get());
        }
      }
      case SetValue set -> set.forEach(this::xor);
      case ZsetValue zset ->
          zset.forEach((member, score) -> {
            pair(member, Doubles.bytes(score));
            return true;
          });
      case HashValue hash -> hash.forEach(this::pair);
      case StreamValue stream -> stream(stream);
      default -> mix(Database.stringOf(value));
    }
    if (expires) {
      xor("!!expire!!".getBytes(ISO_8859_1));
    }
  }

  private void pair(byte[] a, byte[] b) {
    var element = new Digest();
    element.mix(a);
    element.mix(b);
    xor(element.sum);
  }

  private void stream(StreamValue stream) {
    StreamValue.Walk walk = stream.forward(StreamId.MIN, StreamId.MAX);
    while (walk.next()) {
      mix(walk.id().toString().replace('-', '.').getBytes(ISO_8859_1));
      for (byte[] field : walk.fields()) {
        mix(field);
      }
    }
  }
}
