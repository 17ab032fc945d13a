package systems.redis.command;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Numbers;
import systems.redis.resp.Reply;
import systems.redis.server.Call;
import systems.redis.server.CommandTable;
import systems.redis.types.SetValue;

/** Sets, and their algebra. */
final class SetCommands {
  private SetCommands() {}

  static void register(CommandTable table) {
    table.on("sadd", SetCommands::add);
    table.on("srem", SetCommands::remove);
    table.on("smove", SetCommands::move);
    table.on("sismember", SetCommands::isMember);
    table.on("smismember", SetCommands::areMembers);
    table.on("scard", SetCommands::size);
    table.on("smembers", call -> reply(call.reply(), call.db().set(call.arg(1))));
    table.on("spop", SetCommands::pop);
    table.on("srandmember", SetCommands::randomMember);
    table.on("sinter", call -> reply(call.reply(), intersection(call, keys(call, 1))));
    table.on("sinterstore", call -> store(call, intersection(call, keys(call, 2)), "sinterstore"));
    table.on("sintercard", SetCommands::intersectionSize);
    table.on("sunion", call -> reply(call.reply(), union(call, keys(call, 1))));
    table.on("sunionstore", call -> store(call, union(call, keys(call, 2)), "sunionstore"));
    table.on("sdiff", call -> reply(call.reply(), difference(call, keys(call, 1))));
    table.on("sdiffstore", call -> store(call, difference(call, keys(call, 2)), "sdiffstore"));
    table.on("sscan", SetCommands::scan);
  }

  private static void add(Call call) {
    byte[] key = call.arg(1);
    SetValue set = call.db().setForWrite(key);
    boolean isNew = set == null;
    if (set == null) {
      set = SetValue.forMember(call.arg(2), call.limits());
    }
    int added = 0;
    for (int i = 2; i < call.count(); i++) {
      added += set.add(call.arg(i)) ? 1 : 0;
    }
    if (isNew) {
      call.db().add(key, set);
    }
    if (added > 0) {
      call.db().changed(key);
      call.changed(added);
      call.event('s', "sadd", key);
    }
    call.reply().integer(added);
  }

  private static void remove(Call call) {
    byte[] key = call.arg(1);
    SetValue set = call.db().setForWrite(key);
    int removed = 0;
    if (set != null) {
      for (int i = 2; i < call.count() && set.size() > 0; i++) {
        removed += set.remove(call.arg(i)) ? 1 : 0;
      }
      if (removed > 0) {
        call.changed(removed);
        call.event('s', "srem", key);
        if (call.db().removeIfEmpty(key, set)) {
          call.event('g', "del", key);
        }
      }
    }
    call.reply().integer(removed);
  }

  private static void move(Call call) {
    byte[] from = call.arg(1);
    byte[] to = call.arg(2);
    byte[] member = call.arg(3);
    SetValue source = call.db().setForWrite(from);
    if (source == null) {
      call.reply().integer(0);
      return;
    }
    SetValue target = call.db().setForWrite(to);
    if (source == target) {
      call.reply().integer(source.contains(member) ? 1 : 0);
      return;
    }
    if (!source.remove(member)) {
      call.reply().integer(0);
      return;
    }
    call.event('s', "srem", from);
    if (call.db().removeIfEmpty(from, source)) {
      call.event('g', "del", from);
    }
    boolean added;
    if (target == null) {
      target = SetValue.forMember(member, call.limits());
      added = target.add(member);
      call.db().add(to, target);
    } else {
      added = target.add(member);
    }
    call.changed(1);
    if (added) {
      call.db().changed(to);
      call.changed(1);
      call.event('s', "sadd", to);
    }
    call.reply().integer(1);
  }

  private static void isMember(Call call) {
    SetValue set = call.db().set(call.arg(1));
    call.reply().integer(set != null && set.contains(call.arg(2)) ? 1 : 0);
  }

  private static void areMembers(Call call) {
    SetValue set = call.db().set(call.arg(1));
    call.reply().array(call.count() - 2);
    for (int i = 2; i < call.count(); i++) {
      call.reply().integer(set != null && set.contains(call.arg(i)) ? 1 : 0);
    }
  }

  private static void size(Call call) {
    SetValue set = call.db().set(call.arg(1));
    call.reply().integer(set == null ? 0 : set.size());
  }

  private static void reply(Reply reply, @Nullable SetValue set) {
    if (set == null) {
      reply.set(0);
      return;
    }
    reply.set(set.size());
    set.forEach(reply::bulk);
  }

  // ---- at random

  private static void pop(Call call) {
    byte[] key = call.arg(1);
    if (call.count() > 3) {
      throw call.syntax();
    }
    if (call.count() == 3) {
      popMany(call, key);
      return;
    }
    SetValue set = call.db().setForWrite(key);
    if (set == null) {
      call.reply().nil();
      return;
    }
    byte[] member = set.random(Draw.RANDOM);
    set.remove(member);
    call.reply().bulk(member);
    call.event('s', "spop", key);
    call.rewrite("SREM", key, member);
    call.changed(1);
    if (call.db().removeIfEmpty(key, set)) {
      call.event('g', "del", key);
    }
  }

  private static void popMany(Call call, byte[] key) {
    long count =
        Numbers.parse(
            call.arg(2), 0, Long.MAX_VALUE, "ERR value is out of range, must be positive");
    SetValue set = call.db().setForWrite(key);
    if (set == null || count == 0) {
      call.reply().set(0);
      return;
    }
    call.event('s', "spop", key);
    if (count >= set.size()) {
      reply(call.reply(), set);
      call.changed(set.size());
      call.db().removed(key);
      call.event('g', "del", key);
      call.rewrite("DEL", key);
      return;
    }
    byte[][] taken = choose(set, (int) count);
    call.reply().set(taken.length);
    Object[] words = new Object[taken.length + 2];
    words[0] = "SREM";
    words[1] = key;
    for (int i = 0; i < taken.length; i++) {
      set.remove(taken[i]);
      call.reply().bulk(taken[i]);
      words[i + 2] = taken[i];
    }
    call.rewrite(words);
    call.changed(taken.length);
    call.db().changed(key);
  }

  /** So many different members. */
  private static byte[][] choose(SetValue set, int count) {
    //> phase 2: different members: drawn from all, or drawn again?
    assert count <= set.size() : "it would draw for ever";
    if (count * 3L > set.size()) {
      byte[][] all = set.members();
      int[] indices = Draw.distinct(count, all.length);
      byte[][] chosen = new byte[count][];
      for (int i = 0; i < count; i++) {
        chosen[i] = all[indices[i]];
      }
      return chosen;
    }
    SetValue seen = SetValue.empty(new systems.redis.types.Limits());
    byte[][] chosen = new byte[count][];
    for (int i = 0; i < count; ) {
      byte[] member = set.random(Draw.RANDOM);
      if (seen.add(member)) {
        chosen[i++] = member;
      }
    }
    return chosen;
    //< phase 2
  }

  private static void randomMember(Call call) {
    if (call.count() > 3) {
      throw call.syntax();
    }
    SetValue set;
    if (call.count() == 2) {
      set = call.db().set(call.arg(1));
      if (set == null) {
        call.reply().nil();
      } else {
        call.reply().bulk(set.random(Draw.RANDOM));
      }
      return;
    }
    long count =
        Numbers.parse(
            call.arg(2),
            -Long.MAX_VALUE / 2,
            Long.MAX_VALUE / 2,
            Numbers.isLong(call.arg(2))
                ? "ERR value is out of range"
                : "ERR value is not an integer or out of range");
    set = call.db().set(call.arg(1));
    if (set == null || count == 0) {
      call.reply().array(0);
    } else if (count < 0) {
      call.reply().array(-count);
      for (long i = 0; i < -count && !call.reply().isFull(); i++) {
        call.reply().bulk(set.random(Draw.RANDOM));
      }
    } else {
      byte[][] chosen = count >= set.size() ? set.members() : choose(set, (int) count);
      call.reply().array(chosen.length);
      for (byte[] member : chosen) {
        call.reply().bulk(member);
      }
    }
  }

  // ---- algebra

  private static List<byte[]> keys(Call call, int from) {
    return List.of(call.args()).subList(from, call.count());
  }

  /** The sets of the keys, null where there is none; all have the right type. */
  private static List<@Nullable SetValue> sets(Call call, List<byte[]> keys) {
    var sets = new ArrayList<@Nullable SetValue>();
    keys.forEach(key -> sets.add(call.db().set(key)));
    return sets;
  }

  private static SetValue intersection(Call call, List<byte[]> keys) {
    SetValue result = SetValue.empty(call.limits());
    walkIntersection(
        sets(call, keys),
        member -> {
          result.add(member);
          return true;
        });
    return result;
  }

  private interface Walker {
    boolean visit(byte[] member);
  }

  private static void walkIntersection(List<@Nullable SetValue> sets, Walker walker) {
    //> phase 2: which set is walked, and which ones are asked?
    var ordered = new ArrayList<SetValue>();
    for (SetValue set : sets) {
      if (set == null) {
        return;
      }
      ordered.add(set);
    }
    ordered.sort(java.util.Comparator.comparingLong(SetValue::size));
    SetValue smallest = ordered.getFirst();
    List<SetValue> others = ordered.subList(1, ordered.size());
    for (byte[] member : smallest.members()) {
      boolean inAll = true;
      for (SetValue other : others) {
        if (other != smallest && !other.contains(member)) {
          inAll = false;
          break;
        }
      }
      if (inAll && !walker.visit(member)) { //~ visitsAll: if (!walker.visit(member)) {
        return;
      }
    }
    //< phase 2
  }

  private static void intersectionSize(Call call) {
    long keys =
        Numbers.parse(call.arg(1), 1, Long.MAX_VALUE, "ERR numkeys should be greater than 0");
    if (keys > call.count() - 2) {
      throw ErrorReply.err("Number of keys can't be greater than number of args");
    }
    long limit = 0;
    for (int i = 2 + (int) keys; i < call.count(); i++) {
      if (call.is(i, "LIMIT") && i + 1 < call.count()) {
        limit = Numbers.parse(call.arg(++i), 0, Long.MAX_VALUE, "ERR LIMIT can't be negative");
      } else {
        throw call.syntax();
      }
    }
    long most = limit;
    long[] n = {0};
    walkIntersection(
        sets(call, List.of(call.args()).subList(2, 2 + (int) keys)),
        _ -> {
          n[0]++;
          return most == 0 || n[0] < most;
        });
    call.reply().integer(n[0]);
  }

  private static SetValue union(Call call, List<byte[]> keys) {
    SetValue result = SetValue.empty(call.limits());
    for (SetValue set : sets(call, keys)) {
      if (set != null) {
        set.forEach(result::add);
      }
    }
    return result;
  }

  private static SetValue difference(Call call, List<byte[]> keys) {
    SetValue result = SetValue.empty(call.limits());
    List<@Nullable SetValue> sets = sets(call, keys);
    SetValue first = sets.getFirst();
    if (first == null) {
      return result;
    }
    for (byte[] member : first.members()) {
      boolean elsewhere = false;
      for (SetValue other : sets.subList(1, sets.size())) {
        if (other != null && other.contains(member)) {
          elsewhere = true;
          break;
        }
      }
      if (!elsewhere) {
        result.add(member);
      }
    }
    return result;
  }

  private static void store(Call call, SetValue result, String event) {
    byte[] key = call.arg(1);
    boolean there = call.db().remove(key);
    if (result.size() > 0) {
      call.db().add(key, result);
      call.db().changed(key);
      call.changed(1);
      call.event('s', event, key);
    } else if (there) {
      call.changed(1);
      call.event('g', "del", key);
    }
    call.reply().integer(result.size());
  }

  private static void scan(Call call) {
    Scan scan = Scan.parse(call, 2, false);
    SetValue set = call.db().set(call.arg(1));
    List<byte[]> found = new ArrayList<>();
    long next = 0;
    if (set != null && set.integers() != null) {
      set.forEach(member -> addIfMatches(scan, member, found));
    } else if (set != null) {
      next = scan.walk(set.table(), (member, _) -> addIfMatches(scan, member, found));
    }
    Scan.reply(call.reply(), next, found);
  }

  private static void addIfMatches(Scan scan, byte[] member, List<byte[]> found) {
    if (scan.matches(member)) {
      found.add(member);
    }
  }
}
