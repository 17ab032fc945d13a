package systems.redis.types;

import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.Numbers;

/**
 * A set: an {@link Intset} while all members are integers and few, else a table. It never goes
 * back.
 */
public final class SetValue implements Aggregate {
  private final Limits limits;
  private @Nullable Intset integers;
  private @Nullable Dict<Object> table;

  private SetValue(Limits limits) {
    this.limits = limits;
  }

  /** The encoding that suits a first member. */
  public static SetValue forMember(byte[] member, Limits limits) {
    var set = new SetValue(limits);
    if (Numbers.isLong(member) && limits.setIntegers > 0) {
      set.integers = new Intset();
    } else {
      set.table = Dict.set();
    }
    return set;
  }

  public static SetValue empty(Limits limits) {
    var set = new SetValue(limits);
    set.integers = new Intset();
    return set;
  }

  public static SetValue ofTable(int members, Limits limits) {
    var set = new SetValue(limits);
    set.table = Dict.set();
    set.table.expect(members);
    return set;
  }

  public static SetValue of(Intset integers, Limits limits) {
    var set = new SetValue(limits);
    set.integers = integers;
    if (integers.count() > limits.setIntegers) {
      set.toTable();
    }
    return set;
  }

  @Override
  public long size() {
    return integers != null ? integers.count() : table().size();
  }

  @Override
  public String encoding() {
    assert (integers == null) != (table == null) : "one form or the other";
    return integers != null ? "intset" : "hashtable";
  }

  public @Nullable Intset integers() {
    return integers;
  }

  /** Only of a set that is no intset. */
  public Dict<Object> table() {
    assert table != null;
    return table;
  }

  public boolean contains(byte[] member) {
    if (integers != null) {
      return Numbers.isLong(member) && integers.contains(Numbers.toLong(member));
    }
    return table().contains(member);
  }

  /** Whether it was not there. */
  public boolean add(byte[] member) {
    //> phase 2: when does an intset end?
    if (integers != null) {
      if (Numbers.isLong(member)) {
        boolean added = integers.add(Numbers.toLong(member));
        if (added && integers.count() > Math.min(limits.setIntegers, 1 << 30)) {
          toTable();
        }
        return added;
      }
      toTable();
    }
    return table().add(member);
    //< phase 2
  }

  private void toTable() {
    //> phase 2: integers become texts again
    Intset old = integers;
    assert old != null;
    Dict<Object> into = Dict.set();
    into.expect(old.count() + 1);
    for (int i = 0; i < old.count(); i++) { //~ losesOne: for (int i = 1; i < old.count(); i++) {
      into.add(Numbers.toBytes(old.get(i)));
    }
    table = into;
    integers = null;
    //< phase 2
  }

  /** Whether it was there. */
  public boolean remove(byte[] member) {
    if (integers != null) {
      return Numbers.isLong(member) && integers.remove(Numbers.toLong(member));
    }
    return table().remove(member) != null;
  }

  public byte[] random(RandomGenerator random) {
    return integers != null ? Numbers.toBytes(integers.random(random)) : table().randomKey(random);
  }

  /** Sees members. */
  @FunctionalInterface
  public interface Visitor {
    void visit(byte[] member);
  }

  /** Shows all members; the set must not change meanwhile. */
  public void forEach(Visitor visitor) {
    if (integers != null) {
      for (int i = 0; i < integers.count(); i++) {
        visitor.visit(Numbers.toBytes(integers.get(i)));
      }
    } else {
      table().forEach((member, _) -> visitor.visit(member));
    }
  }

  public byte[][] members() {
    byte[][] all = new byte[(int) size()][];
    int[] n = {0};
    forEach(member -> all[n[0]++] = member);
    return all;
  }

  public SetValue copy() {
    var copy = new SetValue(limits);
    if (integers != null) {
      copy.integers = Intset.of(integers.toBytes());
    } else {
      Dict<Object> into = Dict.set();
      into.expect(table().size());
      table().forEach((member, _) -> into.add(member));
      copy.table = into;
    }
    return copy;
  }

  @Override
  public long memoryBytes() {
    if (integers != null) {
      return 40L + integers.capacity();
    }
    return 40 + table().overheadBytes() + Samples.keys(table());
  }
}
