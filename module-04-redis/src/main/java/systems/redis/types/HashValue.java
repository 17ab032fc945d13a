package systems.redis.types;

import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.Reply;

/**
 * A hash: a {@link Listpack} of fields and values in turns while it is small, else a table. It
 * never goes back.
 */
public final class HashValue implements Aggregate {
  private final Limits limits;
  private @Nullable Listpack pack = new Listpack();
  private @Nullable Dict<byte[]> table;

  public HashValue(Limits limits) {
    this.limits = limits;
  }

  public static HashValue of(Listpack pack, Limits limits) {
    var hash = new HashValue(limits);
    hash.pack = pack;
    if (pack.count() / 2 > limits.hashEntries) {
      hash.toTable();
    }
    return hash;
  }

  public static HashValue ofTable(int fields, Limits limits) {
    var hash = new HashValue(limits);
    Dict<byte[]> into = Dict.map();
    into.expect(fields);
    hash.pack = null;
    hash.table = into;
    return hash;
  }

  @Override
  public long size() {
    return pack != null ? pack.count() / 2 : table().size();
  }

  @Override
  public String encoding() {
    assert (pack == null) != (table == null) : "one form or the other";
    return pack != null ? "listpack" : "hashtable";
  }

  public @Nullable Listpack pack() {
    return pack;
  }

  /** Only of a hash that is no listpack. */
  public Dict<byte[]> table() {
    assert table != null;
    return table;
  }

  /** Position of the field's value. */
  private static int findValue(Listpack pack, byte[] field) {
    int at = pack.find(pack.first(), field, 1);
    return at == Listpack.NONE ? at : pack.next(at);
  }

  public byte @Nullable [] get(byte[] field) {
    if (pack != null) {
      int at = findValue(pack, field);
      return at == Listpack.NONE ? null : pack.get(at);
    }
    return table().get(field);
  }

  /** Writes the value, or nil. */
  public void reply(byte[] field, Reply reply) {
    if (pack != null) {
      int at = findValue(pack, field);
      if (at != Listpack.NONE) {
        pack.reply(at, reply);
        return;
      }
    } else {
      byte[] value = table().get(field);
      if (value != null) {
        reply.bulk(value);
        return;
      }
    }
    reply.nil();
  }

  public boolean contains(byte[] field) {
    return pack != null
        ? pack.find(pack.first(), field, 1) != Listpack.NONE
        : table().contains(field);
  }

  /**
   * Whether these, as fields or values, would be too long for a listpack; then it is one no more.
   */
  public void makeRoomFor(byte[][] args, int from) {
    if (pack == null) {
      return;
    }
    long sum = 0;
    for (int i = from; i < args.length; i++) {
      if (args[i].length > limits.hashValueBytes) {
        toTable();
        return;
      }
      sum += args[i].length;
    }
    if (pack.size() + sum > Listpack.BYTES_MAX) {
      toTable();
    }
  }

  /** Whether the field is new. */
  public boolean set(byte[] field, byte[] value) {
    if (pack != null) {
      if (field.length > limits.hashValueBytes || value.length > limits.hashValueBytes) {
        toTable();
      } else {
        return setInPack(pack, field, value);
      }
    }
    return table().put(field, value) == null;
  }

  private boolean setInPack(Listpack p, byte[] field, byte[] value) {
    //> phase 2: the value is replaced, or both are appended; when is it too long?
    int at = findValue(p, field);
    if (at != Listpack.NONE) {
      p.replace(at, value);
      return false;
    }
    p.append(field);
    p.append(value);
    assert p.count() % 2 == 0 : "fields and values in turns";
    if (p.count() / 2 > limits.hashEntries) { //~ countsBoth: if (p.count() > limits.hashEntries) {
      toTable();
    }
    return true;
    //< phase 2
  }

  private void toTable() {
    //> phase 2: pairs become entries
    Listpack old = pack;
    assert old != null;
    Dict<byte[]> into = Dict.map();
    into.expect(old.count() / 2 + 1);
    int at = old.first();
    while (at != Listpack.NONE) {
      int value = old.next(at);
      into.put(old.get(at), old.get(value));
      at = old.next(value);
    }
    table = into;
    pack = null;
    //< phase 2
  }

  /** Whether it was there. */
  public boolean remove(byte[] field) {
    if (pack != null) {
      int at = pack.find(pack.first(), field, 1);
      if (at == Listpack.NONE) {
        return false;
      }
      pack.delete(at, 2);
      assert pack.count() % 2 == 0 : "fields and values in turns";
      return true;
    }
    return table().remove(field) != null;
  }

  /** Shows all fields with their values; nothing may change meanwhile. */
  public void forEach(Dict.Visitor<byte[]> visitor) {
    if (pack != null) {
      int at = pack.first();
      while (at != Listpack.NONE) {
        int value = pack.next(at);
        visitor.visit(pack.get(at), pack.get(value));
        at = pack.next(value);
      }
    } else {
      table().forEach(visitor);
    }
  }

  /** A field and its value at random. */
  public byte[][] random(RandomGenerator random) {
    if (pack != null) {
      int at = pack.seek(random.nextInt(pack.count() / 2) * 2L);
      return new byte[][] {pack.get(at), pack.get(pack.next(at))};
    }
    byte[] field = table().randomKey(random);
    return new byte[][] {field, table().randomValue()};
  }

  public HashValue copy() {
    var copy = new HashValue(limits);
    if (pack != null) {
      copy.pack = pack.copy();
    } else {
      Dict<byte[]> into = Dict.map();
      into.expect(table().size());
      table().forEach(into::put);
      copy.table = into;
      copy.pack = null;
    }
    return copy;
  }

  @Override
  public long memoryBytes() {
    if (pack != null) {
      return 56L + pack.capacity();
    }
    return 56 + table().overheadBytes() + Samples.entries(table(), v -> Samples.array(v.length));
  }
}
