package systems.redis.command;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import systems.redis.db.ValueType;
import systems.redis.resp.Doubles;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Numbers;
import systems.redis.resp.Reply;
import systems.redis.server.Call;
import systems.redis.server.CommandTable;
import systems.redis.types.ZsetValue;

/** Sorted sets: members and scores. */
final class ZsetCommands {
  private ZsetCommands() {}

  static void register(CommandTable table) {
    table.on("zadd", ZsetCommands::add);
    table.on("zincrby", ZsetCommands::incrBy);
    table.on("zrem", ZsetCommands::remove);
    table.on("zcard", ZsetCommands::size);
    table.on("zscore", ZsetCommands::score);
    table.on("zmscore", ZsetCommands::scores);
    table.on("zrank", call -> rank(call, false));
    table.on("zrevrank", call -> rank(call, true));
    table.on("zpopmin", call -> pop(call, true));
    table.on("zpopmax", call -> pop(call, false));
    table.on("bzpopmin", call -> blockingPop(call, true));
    table.on("bzpopmax", call -> blockingPop(call, false));
    table.on("zmpop", call -> multiPop(call, 1, false));
    table.on("bzmpop", call -> multiPop(call, 2, true));
    table.on("zrandmember", ZsetCommands::random);
    table.on("zscan", ZsetCommands::scan);
  }

  // ---- ZADD

  private static final class AddOptions {
    boolean nx;
    boolean xx;
    boolean gt;
    boolean lt;
    boolean changes;
    boolean increment;
  }

  private static void add(Call call) {
    var options = new AddOptions();
    int i = 2;
    for (; i < call.count(); i++) {
      if (call.is(i, "NX")) {
        options.nx = true;
      } else if (call.is(i, "XX")) {
        options.xx = true;
      } else if (call.is(i, "GT")) {
        options.gt = true;
      } else if (call.is(i, "LT")) {
        options.lt = true;
      } else if (call.is(i, "CH")) {
        options.changes = true;
      } else if (call.is(i, "INCR")) {
        options.increment = true;
      } else {
        break;
      }
    }
    int pairs = call.count() - i;
    if (pairs % 2 != 0 || pairs == 0) {
      throw call.syntax();
    }
    if (options.nx && options.xx) {
      throw ErrorReply.err("XX and NX options at the same time are not compatible");
    }
    if (options.gt && options.nx || options.lt && options.nx || options.gt && options.lt) {
      throw ErrorReply.err("GT, LT, and/or NX options at the same time are not compatible");
    }
    if (options.increment && pairs > 2) {
      throw ErrorReply.err("INCR option supports a single increment-element pair");
    }
    add(call, options, i);
  }

  private static void incrBy(Call call) {
    var options = new AddOptions();
    options.increment = true;
    add(call, options, 2);
  }

  private static void add(Call call, AddOptions options, int from) {
    //> phase 2: which options look at the old score, and what is counted?
    double[] scores = new double[(call.count() - from) / 2];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = Doubles.parse(call.arg(from + 2 * i));
    }
    byte[] key = call.arg(1);
    ZsetValue zset = call.db().zsetForWrite(key);
    var done = new Added();
    if (zset == null && options.xx) {
      replyAdded(call, options, done);
      return;
    }
    boolean isNew = zset == null;
    if (zset == null) {
      zset = ZsetValue.forMember(call.arg(from + 1), call.limits());
    }
    for (int i = 0; i < scores.length; i++) {
      addOne(zset, options, call.arg(from + 2 * i + 1), scores[i], done);
    }
    if (isNew && zset.size() > 0) {
      call.db().add(key, zset);
    }
    if (done.added + done.updated > 0) {
      if (!isNew && done.added > 0) {
        call.server().signal(call.db(), key, zset);
      }
      call.db().changed(key);
      call.changed(done.added + done.updated);
      call.event('z', options.increment ? "zincr" : "zadd", key);
    }
    replyAdded(call, options, done);
    //< phase 2
  }

  //> phase 2 only
  /** What one ZADD has done. */
  private static final class Added {
    int added;
    int updated;
    @Nullable Double result; // of INCR; null if nothing was set
  }

  private static void addOne(
      ZsetValue zset, AddOptions options, byte[] member, double score, Added done) {
    double now = zset.score(member);
    boolean there = !Double.isNaN(now);
    if (there ? options.nx : options.xx) { //~ xxAdds: if (there && options.nx) {
      return;
    }
    double wanted = options.increment && there ? now + score : score;
    if (Double.isNaN(wanted)) {
      throw ErrorReply.err("resulting score is not a number (NaN)");
    }
    if (there && (options.gt && wanted <= now || options.lt && wanted >= now)) {
      return;
    }
    done.result = wanted;
    if (!there) {
      zset.put(member, wanted);
      done.added++;
    } else if (wanted != now) {
      zset.put(member, wanted);
      done.updated++;
    }
  }

  private static void replyAdded(Call call, AddOptions options, Added done) {
    Double result = done.result;
    if (!options.increment) {
      call.reply().integer(options.changes ? done.added + done.updated : done.added);
    } else if (result == null) {
      call.reply().nil();
    } else {
      call.reply().real(result);
    }
  }

  //< phase 2

  private static void remove(Call call) {
    byte[] key = call.arg(1);
    ZsetValue zset = call.db().zsetForWrite(key);
    int removed = 0;
    if (zset != null) {
      for (int i = 2; i < call.count() && zset.size() > 0; i++) {
        removed += zset.remove(call.arg(i)) ? 1 : 0;
      }
      if (removed > 0) {
        removed(call, key, zset, removed, "zrem");
      }
    }
    call.reply().integer(removed);
  }

  static void removed(Call call, byte[] key, ZsetValue zset, long count, String event) {
    assert count > 0 : "replicas would hear of no change";
    call.changed(count);
    call.event('z', event, key);
    if (call.db().removeIfEmpty(key, zset)) {
      call.event('g', "del", key);
    }
  }

  private static void size(Call call) {
    ZsetValue zset = call.db().zset(call.arg(1));
    call.reply().integer(zset == null ? 0 : zset.size());
  }

  private static void score(Call call) {
    ZsetValue zset = call.db().zset(call.arg(1));
    replyScore(call.reply(), zset == null ? Double.NaN : zset.score(call.arg(2)));
  }

  private static void replyScore(Reply reply, double score) {
    if (Double.isNaN(score)) {
      reply.nil();
    } else {
      reply.real(score);
    }
  }

  private static void scores(Call call) {
    ZsetValue zset = call.db().zset(call.arg(1));
    call.reply().array(call.count() - 2);
    for (int i = 2; i < call.count(); i++) {
      replyScore(call.reply(), zset == null ? Double.NaN : zset.score(call.arg(i)));
    }
  }

  private static void rank(Call call, boolean fromEnd) {
    ZsetValue zset = call.db().zset(call.arg(1));
    int rank = zset == null ? -1 : zset.rank(call.arg(2));
    if (zset == null || rank < 0) {
      call.reply().nil();
    } else {
      call.reply().integer(fromEnd ? zset.size() - 1 - rank : rank);
    }
  }

  // ---- popping

  private static String popName(boolean min) {
    return min ? "zpopmin" : "zpopmax";
  }

  private static void pop(Call call, boolean min) {
    if (call.count() > 3) {
      throw call.syntax();
    }
    boolean counted = call.count() == 3;
    long count = 1;
    if (counted) {
      count =
          Numbers.parse(
              call.arg(2), 0, Long.MAX_VALUE, "ERR value is out of range, must be positive");
    }
    byte[] key = call.arg(1);
    ZsetValue zset = call.db().zsetForWrite(key);
    if (zset == null || count == 0) {
      call.reply().array(0);
      return;
    }
    long n = Math.min(count, zset.size());
    boolean nested = counted && call.reply().version() == 3;
    call.reply().array(nested ? n : n * 2);
    take(call.reply(), zset, min, n, nested);
    removed(call, key, zset, n, popName(min));
  }

  private static void take(Reply reply, ZsetValue zset, boolean min, long count, boolean nested) {
    assert count <= zset.size() : "the reply has promised more than there is";
    for (long i = 0; i < count; i++) {
      ZsetValue.Place place = zset.at(min ? 0 : -1);
      if (nested) {
        reply.array(2);
      }
      reply.bulk(place.member());
      reply.real(place.score());
      place.remove();
    }
  }

  private static void blockingPop(Call call, boolean min) {
    //> phase 2: the first key that has something; and if none has?
    int last = call.count() - 1;
    long timeout = call.timeoutMillis(last);
    List<byte[]> names = new ArrayList<>();
    for (int i = 1; i < last; i++) {
      byte[] key = call.arg(i);
      names.add(key);
      ZsetValue zset = call.db().zsetForWrite(key);
      if (zset != null) {
        popNamed(call, key, zset, min);
        call.rewrite(popName(min).toUpperCase(Locale.ROOT), key);
        return;
      }
    }
    call.waitFor(
        ValueType.ZSET,
        names,
        timeout,
        call.reply()::nilArray,
        (key, value) -> {
          Call served = call.again();
          served.db().forWrite(key);
          popNamed(served, key, (ZsetValue) value, min);
          served.also(popName(min).toUpperCase(Locale.ROOT), key);
          served.finishAgain();
          return true;
        });
    //< phase 2
  }

  private static void popNamed(Call call, byte[] key, ZsetValue zset, boolean min) {
    call.reply().array(3);
    call.reply().bulk(key);
    take(call.reply(), zset, min, 1, false);
    removed(call, key, zset, 1, popName(min));
  }

  private static void multiPop(Call call, int countAt, boolean blocking) {
    var words = MultiPop.parse(call, countAt);
    boolean min = call.is(words.where(), "MIN");
    if (!min && !call.is(words.where(), "MAX")) {
      throw call.syntax();
    }
    long wanted = words.count();
    long timeout = blocking ? call.timeoutMillis(1) : 0;
    List<byte[]> names = new ArrayList<>();
    for (int i = 0; i < words.keys(); i++) {
      byte[] key = words.key(i);
      names.add(key);
      ZsetValue zset = call.db().zsetForWrite(key);
      if (zset != null) {
        long n = popGroup(call, key, zset, min, wanted);
        call.rewrite(popName(min).toUpperCase(Locale.ROOT), key, n);
        return;
      }
    }
    if (!blocking) {
      call.reply().nilArray();
      return;
    }
    call.waitFor(
        ValueType.ZSET,
        names,
        timeout,
        call.reply()::nilArray,
        (key, value) -> {
          Call served = call.again();
          served.db().forWrite(key);
          long n = popGroup(served, key, (ZsetValue) value, min, wanted);
          served.also(popName(min).toUpperCase(Locale.ROOT), key, n);
          served.finishAgain();
          return true;
        });
  }

  private static long popGroup(Call call, byte[] key, ZsetValue zset, boolean min, long wanted) {
    long n = Math.min(wanted, zset.size());
    call.reply().array(2);
    call.reply().bulk(key);
    call.reply().array(n);
    take(call.reply(), zset, min, n, true);
    removed(call, key, zset, n, popName(min));
    return n;
  }

  // ---- at random, walks

  private static void random(Call call) {
    ZsetValue zset;
    if (call.count() == 2) {
      zset = call.db().zset(call.arg(1));
      if (zset == null) {
        call.reply().nil();
      } else {
        call.reply().bulk(zset.random(Draw.RANDOM).member());
      }
      return;
    }
    long count = call.integer(2);
    boolean withScores = call.count() == 4 && call.is(3, "WITHSCORES");
    if (call.count() > 4 || call.count() == 4 && !withScores) {
      throw call.syntax();
    }
    if (count < -Long.MAX_VALUE / 2 || count > Long.MAX_VALUE / 2) {
      throw ErrorReply.err("value is out of range");
    }
    zset = call.db().zset(call.arg(1));
    if (zset == null || count == 0) {
      call.reply().array(0);
      return;
    }
    long n = count < 0 ? -count : Math.min(count, zset.size());
    call.reply().array(withScores && call.reply().version() == 2 ? n * 2 : n);
    if (count < 0) {
      for (long i = 0; i < n && !call.reply().isFull(); i++) {
        pair(call.reply(), zset.random(Draw.RANDOM), withScores);
      }
    } else if (n == zset.size()) {
      for (ZsetValue.Place place = zset.at(0); place.isThere(); place.forward()) {
        pair(call.reply(), place, withScores);
      }
    } else {
      for (int index : Draw.distinct((int) n, (int) zset.size())) {
        pair(call.reply(), zset.at(index), withScores);
      }
    }
  }

  static void pair(Reply reply, ZsetValue.Place place, boolean withScores) {
    if (withScores && reply.version() == 3) {
      reply.array(2);
    }
    reply.bulk(place.member());
    if (withScores) {
      reply.real(place.score());
    }
  }

  private static void scan(Call call) {
    Scan scan = Scan.parse(call, 2, false);
    ZsetValue zset = call.db().zset(call.arg(1));
    List<byte[]> found = new ArrayList<>();
    long next = 0;
    if (zset != null && zset.pack() != null) {
      zset.forEach((member, score) -> {
        addIfMatches(scan, member, score, found);
        return true;
      });
    } else if (zset != null) {
      next =
          scan.walk(
              zset.table(), (member, node) -> addIfMatches(scan, member, node.score(), found));
    }
    Scan.reply(call.reply(), next, found);
  }

  private static void addIfMatches(Scan scan, byte[] member, double score, List<byte[]> found) {
    if (scan.matches(member)) {
      found.add(member);
      found.add(Doubles.bytes(score));
    }
  }
}
