package systems.redis.persist;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import systems.redis.db.Database;
import systems.redis.resp.Doubles;
import systems.redis.resp.Numbers;
import systems.redis.types.HashValue;
import systems.redis.types.ListValue;
import systems.redis.types.SetValue;
import systems.redis.types.StreamId;
import systems.redis.types.StreamValue;
import systems.redis.types.ZsetValue;

/**
 * A base of the append-only file that is text: the requests that make the data, as few as possible.
 * It is longer than an RDB and takes longer to load; in return every tool that reads requests reads
 * it.
 *
 * <p>A collection is made by several requests of up to 64 elements, so that no request of the file
 * is huge because a value is.
 */
final class CommandWriter implements SnapshotForm {
  private static final int ELEMENTS_MAX = 64;

  private final RdbOutput out = new RdbOutput(false);
  private int selected = -1;

  /** One that begins with the time; -1 for none. */
  CommandWriter(long stampSecond) {
    if (stampSecond >= 0) {
      out.raw(Aof.stamp(stampSecond));
    }
  }

  @Override
  public RdbOutput out() {
    return out;
  }

  @Override
  public void library(byte[] code) {
    request(List.of(bytes("FUNCTION"), bytes("LOAD"), code));
  }

  @Override
  public void database(int db, long keys, long expiring) {
    select(db);
  }

  private void select(int db) {
    if (db != selected) {
      selected = db;
      request("SELECT", Integer.toString(db));
    }
  }

  @Override
  public void end() {}

  @Override
  public Checksum checksum() {
    return Checksum.NONE;
  }

  @Override
  public void entry(int db, byte[] key, Object value, long expiresAt) {
    select(db);
    switch (value) {
      case ListValue list -> list(key, list);
      case SetValue set -> {
        var batch = new Batch("SADD", key);
        set.forEach(batch::add);
        batch.end();
      }
      case ZsetValue zset -> {
        var batch = new Batch("ZADD", key);
        zset.forEach((member, score) -> {
          batch.add(Doubles.bytes(score), member);
          return true;
        });
        batch.end();
      }
      case HashValue hash -> {
        var batch = new Batch("HMSET", key);
        hash.forEach(batch::add);
        batch.end();
      }
      case StreamValue stream -> stream(key, stream);
      default -> request(List.of(bytes("SET"), key, Database.stringOf(value)));
    }
    if (expiresAt >= 0) {
      request(List.of(bytes("PEXPIREAT"), key, Numbers.toBytes(expiresAt)));
    }
  }

  private void list(byte[] key, ListValue list) {
    var batch = new Batch("RPUSH", key);
    for (ListValue.Place place = list.place(0, true); place.isThere(); place.advance()) {
      batch.add(place.get());
    }
    batch.end();
  }

  // ---- streams

  private void stream(byte[] key, StreamValue stream) {
    if (stream.size() == 0) {
      requestOf(
          key, "XADD", "MAXLEN", "0", "0-1", "x", "y"); // there is no other way to an empty one
    }
    StreamValue.Walk walk = stream.forward(StreamId.MIN, StreamId.MAX);
    while (walk.next()) {
      List<byte[]> words = words("XADD", key, walk.id().toString());
      words.addAll(List.of(walk.fields()));
      request(words);
    }
    requestOf(
        key,
        "XSETID",
        stream.lastId.toString(),
        "ENTRIESADDED",
        Long.toString(stream.entriesAdded),
        "MAXDELETEDID",
        stream.maxDeletedId.toString());
    stream.groups.forEach((name, group) -> group(key, name, group));
  }

  private void group(byte[] key, byte[] name, StreamValue.Group group) {
    List<byte[]> create = new ArrayList<>(List.of(bytes("XGROUP"), bytes("CREATE"), key, name));
    create.add(bytes(group.lastId.toString()));
    create.add(bytes("ENTRIESREAD"));
    create.add(Numbers.toBytes(group.entriesRead));
    request(create);
    for (StreamValue.Consumer consumer : group.consumers.values()) {
      request(List.of(bytes("XGROUP"), bytes("CREATECONSUMER"), key, name, consumer.name));
      consumer.pending.forEach((id, pending) -> {
        List<byte[]> claim = new ArrayList<>(List.of(bytes("XCLAIM"), key, name, consumer.name));
        for (String word :
            List.of(
                "0",
                id.toString(),
                "TIME",
                Long.toString(pending.deliveredMillis),
                "RETRYCOUNT",
                Long.toString(pending.deliveries),
                "JUSTID",
                "FORCE")) {
          claim.add(bytes(word));
        }
        request(claim);
      });
    }
  }

  // ---- requests

  /** Elements of one value, in requests of bounded length. */
  private final class Batch {
    private final byte[] command;
    private final byte[] key;
    private final List<byte[]> words = new ArrayList<>();
    private int elements;

    Batch(String command, byte[] key) {
      this.command = bytes(command);
      this.key = key;
    }

    void add(byte[] element) {
      begin();
      words.add(element);
    }

    void add(byte[] first, byte[] second) {
      begin();
      words.add(first);
      words.add(second);
    }

    private void begin() {
      if (elements == ELEMENTS_MAX) {
        end();
      }
      if (elements == 0) {
        words.add(command);
        words.add(key);
      }
      elements++;
    }

    void end() {
      if (elements > 0) {
        request(words);
        words.clear();
        elements = 0;
      }
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }

  private static List<byte[]> words(String command, byte[] key, String... more) {
    List<byte[]> words = new ArrayList<>(List.of(bytes(command), key));
    for (String word : more) {
      words.add(bytes(word));
    }
    return words;
  }

  private void requestOf(byte[] key, String command, String... more) {
    request(words(command, key, more));
  }

  private void request(String... words) {
    List<byte[]> all = new ArrayList<>();
    for (String word : words) {
      all.add(bytes(word));
    }
    request(all);
  }

  private void request(List<byte[]> words) {
    out.raw(bytes("*" + words.size() + "\r\n"));
    for (byte[] word : words) {
      out.raw(bytes("$" + word.length + "\r\n"));
      out.raw(word);
      out.raw(bytes("\r\n"));
    }
  }
}
