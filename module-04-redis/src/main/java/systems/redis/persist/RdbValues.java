package systems.redis.persist;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.Doubles;
import systems.redis.resp.Numbers;
import systems.redis.server.Bytes;
import systems.redis.types.GrowingString;
import systems.redis.types.HashValue;
import systems.redis.types.Intset;
import systems.redis.types.Limits;
import systems.redis.types.ListValue;
import systems.redis.types.Listpack;
import systems.redis.types.SetValue;
import systems.redis.types.SkipList;
import systems.redis.types.StreamValue;
import systems.redis.types.ZsetValue;

/**
 * Values to RDB and back.
 *
 * <p>What comes in is checked to its last element before it becomes a value: lengths, order of
 * integers, fields that come twice, scores that are no numbers. A damaged value is a {@link
 * DamagedException} and never something that fails later, in a command.
 */
final class RdbValues {
  private RdbValues() {}

  static int type(Object value) {
    return switch (value) {
      case byte[] _, Long _, GrowingString _ -> RdbFormat.STRING;
      case ListValue _ -> RdbFormat.QUICKLIST_2;
      case SetValue set -> set.integers() != null ? RdbFormat.SET_INTSET : RdbFormat.SET;
      case ZsetValue zset -> zset.pack() != null ? RdbFormat.ZSET_LISTPACK : RdbFormat.ZSET_2;
      case HashValue hash -> hash.pack() != null ? RdbFormat.HASH_LISTPACK : RdbFormat.HASH;
      case StreamValue _ -> RdbFormat.STREAM_2;
      default -> throw new AssertionError("no value: " + value.getClass());
    };
  }

  static void write(RdbOutput out, Object value) {
    //> phase 4: which values are their own bytes already?
    switch (value) {
      case byte[] bytes -> out.string(bytes);
      case Long number -> out.integerString(number);
      case GrowingString string -> out.string(string.toBytes());
      case ListValue list -> list(out, list);
      case SetValue set -> set(out, set);
      case ZsetValue zset -> zset(out, zset);
      case HashValue hash -> hash(out, hash);
      case StreamValue stream -> RdbStreams.write(out, stream);
      default -> throw new AssertionError("no value: " + value.getClass());
    }
    //< phase 4
  }

  private static void list(RdbOutput out, ListValue list) {
    out.length(list.nodes());
    for (ListValue.Node node = list.firstNode(); node != null; node = node.next()) {
      byte[] plain = node.plain();
      byte[] compressed = node.compressedBytes();
      out.length(plain != null ? RdbFormat.NODE_PLAIN : RdbFormat.NODE_PACKED);
      if (plain != null) {
        out.string(plain);
      } else if (compressed != null) {
        out.u8(0xc3);
        out.length(compressed.length);
        out.length(node.packBytes());
        out.raw(compressed);
      } else {
        out.string(node.listpack().toBytes());
      }
    }
  }

  private static void set(RdbOutput out, SetValue set) {
    Intset integers = set.integers();
    if (integers != null) {
      out.string(integers.toBytes());
      return;
    }
    out.length(set.size());
    set.forEach(out::string);
  }

  private static void zset(RdbOutput out, ZsetValue zset) {
    Listpack pack = zset.pack();
    if (pack != null) {
      out.string(pack.toBytes());
      return;
    }
    out.length(zset.size());
    // from the end, so that a loader always inserts at the front
    for (SkipList.Node n = zset.list().last(); n != null; n = n.previous()) {
      out.string(n.member());
      out.real(n.score());
    }
  }

  private static void hash(RdbOutput out, HashValue hash) {
    Listpack pack = hash.pack();
    if (pack != null) {
      out.string(pack.toBytes());
      return;
    }
    out.length(hash.size());
    hash.forEach((field, value) -> {
      out.string(field);
      out.string(value);
    });
  }

  // ---- reading

  /** The value of a type; null for a collection without elements, which no key may have. */
  static @Nullable Object read(RdbInput in, int type, Limits limits)
      throws IOException, DamagedException {
    //> phase 4: which types can a file have that this server never writes?
    return switch (type) {
      case RdbFormat.STRING -> string(in.string());
      case RdbFormat.LIST -> readList(in, limits);
      case RdbFormat.SET -> readSet(in, limits);
      case RdbFormat.ZSET -> readZset(in, limits, false);
      case RdbFormat.ZSET_2 -> readZset(in, limits, true);
      case RdbFormat.HASH -> readHash(in, limits);
      case RdbFormat.HASH_ZIPMAP -> hash(OldEncodings.zipmap(in.string()), limits);
      case RdbFormat.HASH_ZIPLIST ->
          hash(OldEncodings.ziplist(in.string(), "Hash ziplist"), limits);
      case RdbFormat.HASH_LISTPACK -> hash(pack(in), limits);
      case RdbFormat.LIST_ZIPLIST ->
          list(OldEncodings.ziplist(in.string(), "List ziplist"), limits);
      case RdbFormat.QUICKLIST -> readOldQuicklist(in, limits);
      case RdbFormat.QUICKLIST_2 -> readQuicklist(in, limits);
      case RdbFormat.SET_INTSET -> intset(in.string(), limits);
      case RdbFormat.ZSET_ZIPLIST ->
          zset(OldEncodings.ziplist(in.string(), "Zset ziplist"), limits);
      case RdbFormat.ZSET_LISTPACK -> zset(pack(in), limits);
      case RdbFormat.STREAM, RdbFormat.STREAM_2 ->
          RdbStreams.read(in, type == RdbFormat.STREAM_2, limits);
      default ->
          throw new DamagedException("an unknown value type " + type + " at byte " + in.offset());
    };
    //< phase 4
  }

  private static Object string(byte[] text) {
    return text.length <= Numbers.DIGITS_MAX && Numbers.isLong(text)
        ? (Object) Numbers.toLong(text)
        : text;
  }

  static Listpack pack(RdbInput in) throws IOException, DamagedException {
    //> phase 4: when are bytes a listpack?
    byte[] bytes = in.string();
    if (!Listpack.validate(bytes)) {
      throw new DamagedException("an invalid listpack before byte " + in.offset());
    }
    return Listpack.of(bytes);
    //< phase 4
  }

  private static @Nullable ListValue readList(RdbInput in, Limits limits)
      throws IOException, DamagedException {
    var list = new ListValue(limits);
    for (int n = in.count(); n > 0; n--) {
      list.pushLast(in.string());
    }
    return list.size() == 0 ? null : list;
  }

  private static @Nullable ListValue list(List<byte[]> elements, Limits limits) {
    var list = new ListValue(limits);
    elements.forEach(list::pushLast);
    return list.size() == 0 ? null : list;
  }

  private static @Nullable ListValue readOldQuicklist(RdbInput in, Limits limits)
      throws IOException, DamagedException {
    var list = new ListValue(limits);
    for (int n = in.count(); n > 0; n--) {
      OldEncodings.ziplist(in.string(), "Quicklist ziplist").forEach(list::pushLast);
    }
    return list.size() == 0 ? null : list;
  }

  private static @Nullable ListValue readQuicklist(RdbInput in, Limits limits)
      throws IOException, DamagedException {
    //> phase 4: which nodes are there?
    var list = new ListValue(limits);
    for (int n = in.count(); n > 0; n--) {
      long kind = in.length();
      if (kind == RdbFormat.NODE_PLAIN) {
        byte[] plain = in.string();
        if (plain.length == 0) {
          throw new DamagedException("Quicklist integrity check failed: a node of no bytes");
        }
        list.appendPlain(plain);
      } else if (kind == RdbFormat.NODE_PACKED) {
        list.appendNode(pack(in));
      } else {
        throw new DamagedException("a quicklist node of kind " + kind);
      }
    }
    return list.size() == 0 ? null : list;
    //< phase 4
  }

  private static @Nullable SetValue readSet(RdbInput in, Limits limits)
      throws IOException, DamagedException {
    //> phase 4: what makes a set of elements a set?
    int n = in.count();
    if (n == 0) {
      return null;
    }
    SetValue set =
        n > limits.setIntegers
            ? SetValue.ofTable(Math.min(n, 1 << 20), limits)
            : SetValue.empty(limits);
    for (int i = 0; i < n; i++) {
      if (!set.add(in.string())) { //~ takesTwice: if (!set.add(in.string()) && n < 0) {
        throw new DamagedException("a set with a member that comes twice");
      }
    }
    return set;
    //< phase 4
  }

  private static SetValue intset(byte[] bytes, Limits limits) throws DamagedException {
    //> phase 4: when are bytes an intset?
    if (!Intset.validate(bytes)) { //~ trustsIntsets: if (bytes.length < 8) {
      throw new DamagedException("an invalid intset");
    }
    return SetValue.of(Intset.of(bytes), limits);
    //< phase 4
  }

  private static @Nullable ZsetValue readZset(RdbInput in, Limits limits, boolean binary)
      throws IOException, DamagedException {
    int n = in.count();
    if (n == 0) {
      return null;
    }
    var zset = new ZsetValue(limits);
    for (int i = 0; i < n; i++) {
      byte[] member = in.string();
      double score = binary ? in.real() : in.textReal();
      addChecked(zset, member, score);
    }
    return zset;
  }

  private static void addChecked(ZsetValue zset, byte[] member, double score)
      throws DamagedException {
    //> phase 4: which scores, and which members, must not be?
    if (Double.isNaN(score)) { //~ comparesWithNan: if (score == Double.NaN) {
      throw new DamagedException("a sorted set with a score that is no number");
    }
    if (zset.contains(member)) {
      throw new DamagedException("a sorted set with a member that comes twice");
    }
    zset.put(member, score);
    //< phase 4
  }

  private static @Nullable ZsetValue zset(List<byte[]> elements, Limits limits)
      throws DamagedException {
    if (elements.size() % 2 != 0) {
      throw new DamagedException("a sorted set with a member without a score");
    }
    var zset = new ZsetValue(limits);
    for (int i = 0; i < elements.size(); i += 2) {
      addChecked(zset, elements.get(i), Doubles.parseOrNaN(elements.get(i + 1)));
    }
    return zset.size() == 0 ? null : zset;
  }

  private static @Nullable ZsetValue zset(Listpack pack, Limits limits) throws DamagedException {
    //> phase 4: a listpack of pairs; in which order?
    checkPairs(pack);
    double before = Double.NEGATIVE_INFINITY;
    boolean sorted = true;
    for (int at = pack.first(); at != Listpack.NONE; ) {
      int scoreAt = pack.next(at);
      double score = ZsetValue.scoreAt(pack, scoreAt);
      if (Double.isNaN(score)) {
        throw new DamagedException("a sorted set with a score that is no number");
      }
      sorted &= score >= before;
      before = score;
      at = pack.next(scoreAt);
    }
    if (!sorted) { //~ trustsTheOrder: if (before < 0 && !sorted) {
      throw new DamagedException("a sorted set that is not sorted");
    }
    return pack.isEmpty() ? null : ZsetValue.of(pack, limits);
    //< phase 4
  }

  private static void checkPairs(Listpack pack) throws DamagedException {
    //> phase 4: what can be wrong with keys and values in a row?
    if (pack.count() % 2 != 0) {
      throw new DamagedException("a listpack with a key without a value");
    }
    Set<Bytes> seen = new HashSet<>();
    for (int at = pack.first(); at != Listpack.NONE; at = pack.next(pack.next(at))) {
      if (!seen.add(new Bytes(pack.get(at)))) {
        throw new DamagedException("a listpack with dup elements: a key that comes twice");
      }
    }
    //< phase 4
  }

  private static @Nullable HashValue readHash(RdbInput in, Limits limits)
      throws IOException, DamagedException {
    //> phase 4: what makes pairs a hash?
    int n = in.count();
    if (n == 0) {
      return null;
    }
    HashValue hash =
        n > limits.hashEntries
            ? HashValue.ofTable(Math.min(n, 1 << 20), limits)
            : new HashValue(limits);
    for (int i = 0; i < n; i++) {
      if (!hash.set(in.string(), in.string())) {
        throw new DamagedException("a hash with a field that comes twice");
      }
    }
    return hash;
    //< phase 4
  }

  private static @Nullable HashValue hash(List<byte[]> pairs, Limits limits)
      throws DamagedException {
    if (pairs.size() % 2 != 0) {
      throw new DamagedException("a hash with a field without a value");
    }
    var hash = new HashValue(limits);
    for (int i = 0; i < pairs.size(); i += 2) {
      if (!hash.set(pairs.get(i), pairs.get(i + 1))) {
        throw new DamagedException("a hash with a field that comes twice");
      }
    }
    return hash.size() == 0 ? null : hash;
  }

  private static @Nullable HashValue hash(Listpack pack, Limits limits) throws DamagedException {
    checkPairs(pack);
    return pack.isEmpty() ? null : HashValue.of(pack, limits);
  }
}
