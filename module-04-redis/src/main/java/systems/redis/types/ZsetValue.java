package systems.redis.types;

import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.Doubles;

/**
 * A sorted set: a {@link Listpack} of members and scores in order while it is small, else a skip
 * list, and a table from members to its nodes. It never goes back.
 *
 * <p>The node holds the member's only array, which is also the table's key, and the score.
 */
public final class ZsetValue implements Aggregate {
  private final Limits limits;
  private @Nullable Listpack pack = new Listpack();
  private @Nullable SkipList list;
  private @Nullable Dict<SkipList.Node> table;

  public ZsetValue(Limits limits) {
    this.limits = limits;
  }

  /** The encoding that suits a first member. */
  public static ZsetValue forMember(byte[] member, Limits limits) {
    var zset = new ZsetValue(limits);
    if (limits.zsetEntries == 0 || member.length > limits.zsetValueBytes) {
      zset.toList();
    }
    return zset;
  }

  public static ZsetValue of(Listpack pack, Limits limits) {
    var zset = new ZsetValue(limits);
    zset.pack = pack;
    if (pack.count() / 2 > limits.zsetEntries) {
      zset.toList();
    }
    return zset;
  }

  @Override
  public long size() {
    return pack != null ? pack.count() / 2 : list().size();
  }

  @Override
  public String encoding() {
    assert (pack == null) != (list == null) : "one form or the other";
    assert (list == null) == (table == null) : "a list has its table";
    return pack != null ? "listpack" : "skiplist";
  }

  public @Nullable Listpack pack() {
    return pack;
  }

  public SkipList list() {
    assert list != null;
    return list;
  }

  public Dict<SkipList.Node> table() {
    assert table != null;
    return table;
  }

  /** A result that was built is made small if it fits: what ZUNIONSTORE and others store. */
  public void shrinkIfSmall(int longestMember) {
    if (pack != null
        || list().size() > limits.zsetEntries
        || longestMember > limits.zsetValueBytes) {
      return;
    }
    var small = new Listpack();
    for (SkipList.Node n = list().first(); n != null; n = n.next()) {
      small.append(n.member());
      small.append(scoreText(n.score()));
    }
    pack = small;
    list = null;
    table = null;
    assert small.count() % 2 == 0 : "members and scores in turns";
  }

  public static byte[] scoreText(double score) {
    return Doubles.bytes(score);
  }

  /** The score at a position of the listpack. */
  public static double scoreAt(Listpack pack, int at) {
    if (pack.isInteger(at)) {
      return pack.integer(at);
    }
    return Doubles.parseOrNaN(pack.get(at));
  }

  /** Gives the compact form up. */
  public void toSkipList() {
    if (pack != null) {
      toList();
    }
  }

  private void toList() {
    //> phase 2: the list in order, the table by member, one array for both
    Listpack old = pack;
    assert old != null;
    var newList = new SkipList();
    Dict<SkipList.Node> newTable = Dict.map();
    newTable.expect(old.count() / 2 + 1);
    int at = old.first();
    while (at != Listpack.NONE) {
      int score = old.next(at);
      byte[] member = old.get(at);
      newTable.put(member, newList.insert(member, scoreAt(old, score)));
      at = old.next(score);
    }
    list = newList;
    table = newTable;
    pack = null;
    //< phase 2
  }

  /** The score, or NaN if there is no such member. */
  public double score(byte[] member) {
    if (pack != null) {
      int at = pack.find(pack.first(), member, 1);
      return at == Listpack.NONE ? Double.NaN : scoreAt(pack, pack.next(at));
    }
    SkipList.Node node = table().get(member);
    return node == null ? Double.NaN : node.score();
  }

  public boolean contains(byte[] member) {
    return !Double.isNaN(score(member));
  }

  /** Sets the score of a member that may be there. */
  public void put(byte[] member, double score) {
    assert !Double.isNaN(score);
    if (pack != null) {
      int at = pack.find(pack.first(), member, 1);
      if (at != Listpack.NONE) {
        pack.delete(at, 2);
        insertInPack(pack, member, score);
        return;
      }
      if (pack.count() / 2 < limits.zsetEntries && member.length <= limits.zsetValueBytes) {
        insertInPack(pack, member, score);
        return;
      }
      toList();
    }
    SkipList.Node node = table().get(member);
    if (node == null) {
      table().put(member, list().insert(member, score));
    } else {
      SkipList.Node moved = list().move(node, score);
      if (moved != node) {
        table().put(member, moved);
      }
    }
    assert table().size() == list().size() : "each member has one node";
  }

  private static void insertInPack(Listpack pack, byte[] member, double score) {
    //> phase 2: by score, and what if the scores are equal?
    int at = pack.first();
    while (at != Listpack.NONE) {
      int scoreAt = pack.next(at);
      double there = scoreAt(pack, scoreAt);
      if (there > score
          || there == score && java.util.Arrays.compareUnsigned(pack.get(at), member) > 0) {
        break;
      }
      at = pack.next(scoreAt);
    }
    int place = at == Listpack.NONE ? pack.end() : at;
    pack.insert(place, scoreText(score));
    pack.insert(place, member);
    //< phase 2
  }

  /** Whether it was there. */
  public boolean remove(byte[] member) {
    if (pack != null) {
      int at = pack.find(pack.first(), member, 1);
      if (at == Listpack.NONE) {
        return false;
      }
      pack.delete(at, 2);
      assert pack.count() % 2 == 0 : "members and scores in turns";
      return true;
    }
    SkipList.Node node = table().remove(member);
    if (node == null) {
      return false;
    }
    list().delete(node);
    assert table().size() == list().size() : "each member has one node";
    return true;
  }

  /** The rank from the beginning, or -1. */
  public int rank(byte[] member) {
    if (pack != null) {
      int rank = 0;
      for (int at = pack.first(); at != Listpack.NONE; rank++) {
        if (pack.equals(at, member)) {
          return rank;
        }
        at = pack.next(pack.next(at));
      }
      return -1;
    }
    SkipList.Node node = table().get(member);
    return node == null ? -1 : list().rank(node);
  }

  /** Sees members with their scores. */
  @FunctionalInterface
  public interface Visitor {
    /** Whether to go on. */
    boolean visit(byte[] member, double score);
  }

  /** A place to walk from, in the order of ranks or against it. */
  public final class Place {
    private int at = Listpack.NONE; // of the member
    private SkipList.@Nullable Node node;

    public boolean isThere() {
      return pack != null ? at != Listpack.NONE : node != null;
    }

    public byte[] member() {
      if (pack != null) {
        return pack.get(at);
      }
      assert node != null;
      return node.member();
    }

    public double score() {
      if (pack != null) {
        return scoreAt(pack, pack.next(at));
      }
      assert node != null;
      return node.score();
    }

    public void forward() {
      if (pack != null) {
        at = pack.next(pack.next(at));
      } else {
        assert node != null;
        node = node.next();
      }
    }

    public void back() {
      if (pack != null) {
        int score = pack.previous(at);
        at = score == Listpack.NONE ? score : pack.previous(score);
      } else {
        assert node != null;
        node = node.previous();
      }
    }

    /** Takes the member out and goes to the next one. */
    public void remove() {
      if (pack != null) {
        at = pack.delete(at, 2);
      } else {
        SkipList.Node gone = node;
        assert gone != null;
        node = gone.next();
        table().remove(gone.member());
        list().delete(gone);
        assert table().size() == list().size() : "each member has one node";
      }
    }
  }

  /** The member with the rank; negative ones count from the end. */
  public Place at(long rank) {
    var place = new Place();
    long r = rank < 0 ? rank + size() : rank;
    if (r < 0 || r >= size()) {
      return place;
    }
    if (pack != null) {
      place.at = pack.seek(r * 2);
    } else {
      place.node = list().at((int) r);
    }
    return place;
  }

  /** What lies before a range, or still in it. */
  @FunctionalInterface
  public interface Test {
    boolean holds(byte[] member, double score);
  }

  /** The first member of which the test does not hold. */
  public Place firstAfter(Test below) {
    var place = new Place();
    if (pack != null) {
      place.at = pack.first();
      while (place.isThere() && below.holds(place.member(), place.score())) {
        place.forward();
      }
    } else {
      place.node = list().firstAfter(n -> below.holds(n.member(), n.score()));
    }
    return place;
  }

  /** The last member of which the test holds. */
  public Place lastWith(Test notAbove) {
    var place = new Place();
    if (pack != null) {
      Place after = firstAfter(notAbove);
      if (!after.isThere()) {
        return at(-1);
      }
      after.back();
      return after;
    }
    place.node = list().lastWith(n -> notAbove.holds(n.member(), n.score()));
    return place;
  }

  /** Shows all members in order. */
  public void forEach(Visitor visitor) {
    Place place = at(0);
    while (place.isThere() && visitor.visit(place.member(), place.score())) {
      place.forward();
    }
  }

  public Place random(RandomGenerator random) {
    var place = new Place();
    if (pack != null) {
      place.at = pack.seek(random.nextInt(pack.count() / 2) * 2L);
    } else {
      table().randomKey(random);
      place.node = table().randomValue();
    }
    return place;
  }

  public ZsetValue copy() {
    var copy = new ZsetValue(limits);
    if (pack != null) {
      copy.pack = pack.copy();
      return copy;
    }
    copy.toList();
    for (SkipList.Node n = list().first(); n != null; n = n.next()) {
      copy.table().put(n.member(), copy.list().insert(n.member(), n.score()));
    }
    return copy;
  }

  @Override
  public long memoryBytes() {
    if (pack != null) {
      return 64L + pack.capacity();
    }
    return 64 + table().overheadBytes() + Samples.keys(table()) + 64L * list().size();
  }
}
