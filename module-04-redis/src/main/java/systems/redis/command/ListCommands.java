package systems.redis.command;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.redis.db.Database;
import systems.redis.db.ValueType;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Numbers;
import systems.redis.resp.Reply;
import systems.redis.server.Call;
import systems.redis.server.CommandTable;
import systems.redis.types.ListValue;

/** Lists, and the commands that wait for one to get an element. */
final class ListCommands {
  private enum End {
    LEFT,
    RIGHT;

    static End parse(Call call, int index) {
      if (call.is(index, "LEFT")) {
        return LEFT;
      }
      if (call.is(index, "RIGHT")) {
        return RIGHT;
      }
      throw call.syntax();
    }

    byte[] pop(ListValue list) {
      byte[] value = this == LEFT ? list.popFirst() : list.popLast();
      assert value != null : "an empty list is no value of a key";
      return value;
    }

    void push(ListValue list, byte[] value) {
      if (this == LEFT) {
        list.pushFirst(value);
      } else {
        list.pushLast(value);
      }
    }

    String popName() {
      return this == LEFT ? "lpop" : "rpop";
    }

    String pushName() {
      return this == LEFT ? "lpush" : "rpush";
    }
  }

  private ListCommands() {}

  static void register(CommandTable table) {
    table.on("lpush", call -> push(call, End.LEFT, false));
    table.on("rpush", call -> push(call, End.RIGHT, false));
    table.on("lpushx", call -> push(call, End.LEFT, true));
    table.on("rpushx", call -> push(call, End.RIGHT, true));
    table.on("lpop", call -> pop(call, End.LEFT));
    table.on("rpop", call -> pop(call, End.RIGHT));
    table.on("lmpop", call -> multiPop(call, 1, false));
    table.on("blmpop", call -> multiPop(call, 2, true));
    table.on("blpop", call -> blockingPop(call, End.LEFT));
    table.on("brpop", call -> blockingPop(call, End.RIGHT));
    table.on("llen", ListCommands::length);
    table.on("lindex", ListCommands::index);
    table.on("lset", ListCommands::set);
    table.on("linsert", ListCommands::insert);
    table.on("lrange", ListCommands::range);
    table.on("ltrim", ListCommands::trim);
    table.on("lrem", ListCommands::remove);
    table.on("lpos", ListCommands::position);
    table.on("lmove", call -> move(call, End.parse(call, 3), End.parse(call, 4)));
    table.on("rpoplpush", call -> move(call, End.RIGHT, End.LEFT));
    table.on("blmove", call -> blockingMove(call, End.parse(call, 3), End.parse(call, 4), 5));
    table.on("brpoplpush", call -> blockingMove(call, End.RIGHT, End.LEFT, 3));
  }

  // ---- ends

  private static void push(Call call, End end, boolean onlyIfThere) {
    //> phase 2: when does the key come to be, and who hears of it?
    byte[] key = call.arg(1);
    ListValue list = call.db().listForWrite(key);
    if (list == null && onlyIfThere) {
      call.reply().integer(0);
      return;
    }
    boolean isNew = list == null;
    if (list == null) {
      list = new ListValue(call.limits());
    }
    for (int i = 2; i < call.count(); i++) {
      end.push(list, call.arg(i));
    }
    if (isNew) {
      call.db().add(key, list);
    }
    call.db().changed(key);
    call.changed(call.count() - 2);
    call.event('l', end.pushName(), key);
    call.reply().integer(list.size());
    //< phase 2
  }

  private static void pop(Call call, End end) {
    boolean counted = call.count() == 3;
    if (call.count() > 3) {
      throw call.wrongArity();
    }
    long count = 1;
    if (counted) {
      count =
          Numbers.parse(
              call.arg(2), 0, Long.MAX_VALUE, "ERR value is out of range, must be positive");
    }
    byte[] key = call.arg(1);
    ListValue list = call.db().listForWrite(key);
    if (list == null) {
      if (counted) {
        call.reply().nilArray();
      } else {
        call.reply().nil();
      }
      return;
    }
    if (!counted) {
      call.reply().bulk(end.pop(list));
      popped(call, key, list, end, 1);
      return;
    }
    if (count == 0) {
      call.reply().array(0);
      return;
    }
    popMany(call, key, list, end, count, null);
  }

  private static void popped(Call call, byte[] key, ListValue list, End end, long count) {
    assert count > 0 : "replicas would hear of no change";
    call.changed(count);
    call.event('l', end.popName(), key);
    if (call.db().removeIfEmpty(key, list)) {
      call.event('g', "del", key);
    }
  }

  /** Replies an array of up to so many, with the key before it if asked. */
  private static void popMany(
      Call call, byte[] key, ListValue list, End end, long count, byte @Nullable [] named) {
    long n = Math.min(count, list.size());
    Reply reply = call.reply();
    if (named != null) {
      reply.array(2);
      reply.bulk(named);
    }
    reply.array(n);
    if (n == list.size()) {
      ListValue.Place place = list.place(end == End.LEFT ? 0 : -1, end == End.LEFT);
      for (long i = 0; i < n; i++) {
        place.reply(reply);
        place.advance();
      }
      list.removeRange(0, n);
    } else {
      for (long i = 0; i < n; i++) {
        reply.bulk(end.pop(list));
      }
    }
    popped(call, key, list, end, n);
  }

  private static void multiPop(Call call, int countAt, boolean blocking) {
    var words = MultiPop.parse(call, countAt);
    End end = End.parse(call, words.where());
    long count = words.count();
    long timeout = blocking ? call.timeoutMillis(1) : 0;
    List<byte[]> names = new ArrayList<>();
    for (int i = 0; i < words.keys(); i++) {
      byte[] key = words.key(i);
      names.add(key);
      ListValue list = call.db().listForWrite(key);
      if (list != null) {
        long n = Math.min(count, list.size());
        popMany(call, key, list, end, count, key);
        call.rewrite(end.popName().toUpperCase(java.util.Locale.ROOT), key, n);
        return;
      }
    }
    if (!blocking) {
      call.reply().nilArray();
      return;
    }
    call.waitFor(
        ValueType.LIST,
        names,
        timeout,
        call.reply()::nilArray,
        (key, value) -> {
          ListValue list = (ListValue) value;
          Call served = call.again();
          long n = Math.min(count, list.size());
          served.db().forWrite(key);
          popMany(served, key, list, end, count, key);
          served.also(end.popName().toUpperCase(java.util.Locale.ROOT), key, n);
          served.finishAgain();
          return true;
        });
  }

  private static void blockingPop(Call call, End end) {
    //> phase 2: the first key that has something; and if none has?
    int last = call.count() - 1;
    long timeout = call.timeoutMillis(last);
    List<byte[]> names = new ArrayList<>();
    for (int i = 1; i < last; i++) {
      byte[] key = call.arg(i);
      names.add(key);
      ListValue list = call.db().listForWrite(key);
      if (list != null) {
        popNamed(call, key, list, end);
        call.rewrite(end.popName().toUpperCase(java.util.Locale.ROOT), key);
        return;
      }
    }
    call.waitFor(
        ValueType.LIST,
        names,
        timeout,
        call.reply()::nilArray,
        (key, value) -> {
          Call served = call.again();
          served.db().forWrite(key);
          popNamed(served, key, (ListValue) value, end);
          served.also(end.popName().toUpperCase(java.util.Locale.ROOT), key);
          served.finishAgain();
          return true;
        });
    //< phase 2
  }

  private static void popNamed(Call call, byte[] key, ListValue list, End end) {
    call.reply().array(2);
    call.reply().bulk(key);
    call.reply().bulk(end.pop(list));
    popped(call, key, list, end, 1);
  }

  // ---- from one list to another

  private static void move(Call call, End from, End to) {
    ListValue source = call.db().listForWrite(call.arg(1));
    if (source == null) {
      call.reply().nil();
      return;
    }
    transfer(call, call.arg(1), source, from, to);
  }

  private static void transfer(Call call, byte[] sourceKey, ListValue source, End from, End to) {
    //> phase 2: in which order, so that nothing is lost if the target is of another type?
    byte[] targetKey = call.arg(2);
    ListValue target = call.db().listForWrite(targetKey);
    byte[] value = from.pop(source);
    if (target == null) {
      target = new ListValue(call.limits());
      to.push(target, value);
      call.db().add(targetKey, target);
    } else {
      to.push(target, value);
    }
    call.reply().bulk(value);
    call.db().changed(targetKey);
    call.event('l', to.pushName(), targetKey);
    popped(call, sourceKey, source, from, 1);
    //< phase 2
  }

  private static void blockingMove(Call call, End from, End to, int timeoutAt) {
    long timeout = call.timeoutMillis(timeoutAt);
    ListValue source = call.db().listForWrite(call.arg(1));
    Object[] words = {"LMOVE", call.arg(1), call.arg(2), from.name(), to.name()};
    if (call.command().name().equals("brpoplpush")) {
      words = new Object[] {"RPOPLPUSH", call.arg(1), call.arg(2)};
    }
    Object[] propagated = words;
    if (source != null) {
      transfer(call, call.arg(1), source, from, to);
      call.rewrite(propagated);
      return;
    }
    call.waitFor(
        ValueType.LIST,
        List.of(call.arg(1)),
        timeout,
        call.reply()::nil,
        (key, value) -> {
          Call served = call.again();
          served.db().forWrite(key);
          Object target = served.db().forWrite(call.arg(2));
          Database.cast(target, ListValue.class);
          transfer(served, key, (ListValue) value, from, to);
          served.also(propagated);
          served.finishAgain();
          return true;
        });
  }

  // ---- the middle

  private static void length(Call call) {
    ListValue list = call.db().list(call.arg(1));
    call.reply().integer(list == null ? 0 : list.size());
  }

  private static void index(Call call) {
    ListValue list = call.db().list(call.arg(1));
    if (list == null) {
      call.reply().nil();
      return;
    }
    ListValue.Place place = list.place(call.integer(2), true);
    if (place.isThere()) {
      place.reply(call.reply());
    } else {
      call.reply().nil();
    }
  }

  private static void set(Call call) {
    ListValue list = call.db().listForWrite(call.arg(1));
    if (list == null) {
      throw ErrorReply.err("no such key");
    }
    ListValue.Place place = list.place(call.integer(2), true);
    if (!place.isThere()) {
      throw ErrorReply.err("index out of range");
    }
    place.set(call.arg(3));
    call.touched(call.arg(1));
    call.event('l', "lset", call.arg(1));
    call.reply().ok();
  }

  private static void insert(Call call) {
    boolean before = call.is(2, "BEFORE");
    if (!before && !call.is(2, "AFTER")) {
      throw call.syntax();
    }
    ListValue list = call.db().listForWrite(call.arg(1));
    if (list == null) {
      call.reply().integer(0);
      return;
    }
    ListValue.Place place = list.place(0, true);
    while (place.isThere() && !place.is(call.arg(3))) {
      place.advance();
    }
    if (!place.isThere()) {
      call.reply().integer(-1);
      return;
    }
    place.insert(call.arg(4), before);
    call.touched(call.arg(1));
    call.event('l', "linsert", call.arg(1));
    call.reply().integer(list.size());
  }

  private static void range(Call call) {
    long start = call.integer(2);
    long end = call.integer(3);
    ListValue list = call.db().list(call.arg(1));
    if (list == null) {
      call.reply().array(0);
      return;
    }
    long from = Math.max(0, start < 0 ? start + list.size() : start);
    long to = Math.min(list.size() - 1, end < 0 ? end + list.size() : end);
    if (from > to || from >= list.size()) {
      call.reply().array(0);
      return;
    }
    long n = to - from + 1;
    call.reply().array(n);
    ListValue.Place place = list.place(from, true);
    for (long i = 0; i < n; i++) {
      place.reply(call.reply());
      place.advance();
    }
  }

  private static void trim(Call call) {
    //> phase 2: how many go at each end?
    long start = call.integer(2);
    long end = call.integer(3);
    byte[] key = call.arg(1);
    ListValue list = call.db().listForWrite(key);
    if (list == null) {
      call.reply().ok();
      return;
    }
    long size = list.size();
    long from = Math.max(0, start < 0 ? start + size : start);
    long to = Math.min(size - 1, end < 0 ? end + size : end);
    long head = from > to || from >= size ? size : from;
    long tail = from > to || from >= size ? 0 : size - 1 - to;
    assert head + tail <= size : "more goes than there is";
    list.removeRange(size - tail, tail);
    list.removeRange(0, head);
    call.event('l', "ltrim", key);
    call.changed(head + tail);
    if (call.db().removeIfEmpty(key, list)) {
      call.event('g', "del", key);
    }
    call.reply().ok();
    //< phase 2
  }

  private static void remove(Call call) {
    //> phase 2: from which end, how many?
    long count = call.integer(2);
    byte[] key = call.arg(1);
    byte[] value = call.arg(3);
    ListValue list = call.db().listForWrite(key);
    if (list == null) {
      call.reply().integer(0);
      return;
    }
    boolean forward = count >= 0;
    long most = count == 0 ? Long.MAX_VALUE : Math.abs(count);
    long removed = 0;
    ListValue.Place place = list.place(forward ? 0 : -1, forward);
    while (place.isThere() && removed < most) {
      if (place.is(value)) {
        place.remove();
        removed++;
      } else {
        place.advance();
      }
    }
    if (removed > 0) {
      call.changed(removed);
      call.event('l', "lrem", key);
      if (call.db().removeIfEmpty(key, list)) {
        call.event('g', "del", key);
      }
    }
    call.reply().integer(removed);
    //< phase 2
  }

  private static void position(Call call) {
    long rank = 1;
    long count = -1;
    long compared = 0;
    for (int i = 3; i < call.count(); i++) {
      boolean more = i + 1 < call.count();
      if (call.is(i, "RANK") && more) {
        rank = call.integer(++i);
        if (rank == 0) {
          throw ErrorReply.err(
              "RANK can't be zero: use 1 to start from the first match, 2 from the second ... or"
                  + " use negative to start from the end of the list");
        }
        if (rank == Long.MIN_VALUE) {
          throw ErrorReply.err("value is out of range");
        }
      } else if (call.is(i, "COUNT") && more) {
        count = Numbers.parse(call.arg(++i), 0, Long.MAX_VALUE, "ERR COUNT can't be negative");
      } else if (call.is(i, "MAXLEN") && more) {
        compared = Numbers.parse(call.arg(++i), 0, Long.MAX_VALUE, "ERR MAXLEN can't be negative");
      } else {
        throw call.syntax();
      }
    }
    ListValue list = call.db().list(call.arg(1));
    List<Long> found = list == null ? List.of() : find(list, call.arg(2), rank, count, compared);
    if (count >= 0) {
      call.reply().array(found.size());
      found.forEach(call.reply()::integer);
    } else if (found.isEmpty()) {
      call.reply().nil();
    } else {
      call.reply().integer(found.getFirst());
    }
  }

  private static List<Long> find(
      ListValue list, byte[] value, long rank, long count, long compared) {
    //> phase 2: from which end, which match, how many, how far?
    boolean forward = rank > 0;
    long skip = Math.abs(rank) - 1;
    long wanted = count < 0 ? 1 : count == 0 ? Long.MAX_VALUE : count;
    var found = new ArrayList<Long>();
    ListValue.Place place = list.place(forward ? 0 : -1, forward);
    long limit = compared == 0 ? Long.MAX_VALUE : compared;
    for (long i = 0; place.isThere() && i < limit && found.size() < wanted; i++) {
      if (place.is(value) && skip-- <= 0) {
        found.add(forward ? i : list.size() - 1 - i);
      }
      place.advance();
    }
    return found;
    //< phase 2
  }
}
