package systems.redis.command;

import org.jspecify.annotations.Nullable;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Reply;
import systems.redis.server.Call;
import systems.redis.server.CommandTable;
import systems.redis.types.ZsetValue;

/** Ranges of sorted sets: by rank, by score, by member; read, stored, counted, removed. */
final class ZsetRangeCommands {
  private enum By {
    RANK,
    SCORE,
    MEMBER
  }

  private ZsetRangeCommands() {}

  static void register(CommandTable table) {
    table.on("zrange", call -> new Query(call, 1).parse(true).reply());
    table.on("zrangestore", call -> new Query(call, 2).parse(true).store());
    table.on("zrevrange", call -> new Query(call, 1).fixed(By.RANK, true).parse(false).reply());
    table.on(
        "zrangebyscore", call -> new Query(call, 1).fixed(By.SCORE, false).parse(false).reply());
    table.on(
        "zrevrangebyscore", call -> new Query(call, 1).fixed(By.SCORE, true).parse(false).reply());
    table.on(
        "zrangebylex", call -> new Query(call, 1).fixed(By.MEMBER, false).parse(false).reply());
    table.on(
        "zrevrangebylex", call -> new Query(call, 1).fixed(By.MEMBER, true).parse(false).reply());
    table.on("zcount", call -> count(call, Range.Scores.parse(call.arg(2), call.arg(3))));
    table.on("zlexcount", call -> count(call, Range.Members.parse(call.arg(2), call.arg(3))));
    table.on("zremrangebyrank", ZsetRangeCommands::removeByRank);
    table.on(
        "zremrangebyscore",
        call -> remove(call, Range.Scores.parse(call.arg(2), call.arg(3)), "zremrangebyscore"));
    table.on(
        "zremrangebylex",
        call -> remove(call, Range.Members.parse(call.arg(2), call.arg(3)), "zremrangebylex"));
  }

  /** A range that is read: its words, then what it yields. */
  private static final class Query {
    private final Call call;
    private final int keyAt;
    private By by = By.RANK;
    private boolean reverse;
    private boolean withScores;
    private boolean limited;
    private long offset;
    private long limit = -1;
    private long start;
    private long end;
    private @Nullable Range range;

    Query(Call call, int keyAt) {
      this.call = call;
      this.keyAt = keyAt;
    }

    Query fixed(By order, boolean backwards) {
      by = order;
      reverse = backwards;
      return this;
    }

    Query parse(boolean choosesOrder) {
      for (int i = keyAt + 3; i < call.count(); i++) {
        if (keyAt == 1 && call.is(i, "WITHSCORES")) {
          withScores = true;
        } else if (call.is(i, "LIMIT") && i + 2 < call.count()) {
          offset = call.integer(i + 1);
          limit = call.integer(i + 2);
          limited = true;
          i += 2;
        } else if (choosesOrder && call.is(i, "REV")) {
          reverse = true;
        } else if (choosesOrder && call.is(i, "BYSCORE") && by == By.RANK) {
          by = By.SCORE;
        } else if (choosesOrder && call.is(i, "BYLEX") && by == By.RANK) {
          by = By.MEMBER;
        } else {
          throw call.syntax();
        }
      }
      if (limited && by == By.RANK) {
        throw ErrorReply.err(
            "syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX");
      }
      if (withScores && by == By.MEMBER) {
        throw ErrorReply.err("syntax error, WITHSCORES not supported in combination with BYLEX");
      }
      bounds();
      return this;
    }

    private void bounds() {
      byte[] a = call.arg(keyAt + 1);
      byte[] b = call.arg(keyAt + 2);
      switch (by) {
        case RANK -> {
          start = call.integer(keyAt + 1);
          end = call.integer(keyAt + 2);
        }
        case SCORE -> range = reverse ? Range.Scores.parse(b, a) : Range.Scores.parse(a, b);
        case MEMBER -> range = reverse ? Range.Members.parse(b, a) : Range.Members.parse(a, b);
      }
    }

    private interface Sink {
      void take(ZsetValue.Place place);
    }

    /** Yields at most as many as it says first. */
    private void run(ZsetValue zset, Sink sink) {
      if (by == By.RANK) {
        byRank(zset, sink);
      } else if (offset >= 0) {
        byRange(zset, sink);
      }
    }

    private void byRank(ZsetValue zset, Sink sink) {
      //> phase 2: negative ranks count from the end; who counts from where in reverse?
      long size = zset.size();
      long from = Math.max(0, start < 0 ? start + size : start);
      long to = Math.min(size - 1, end < 0 ? end + size : end);
      if (from > to || from >= size) {
        return;
      }
      ZsetValue.Place place = zset.at(reverse ? size - 1 - from : from);
      for (long i = from; i <= to; i++) {
        sink.take(place);
        step(place);
      }
      //< phase 2
    }

    private void byRange(ZsetValue zset, Sink sink) {
      //> phase 2: where does it begin, and which of the bounds ends it?
      Range r = range;
      assert r != null;
      ZsetValue.Place place = reverse ? r.last(zset) : r.first(zset);
      for (long skip = offset; skip > 0 && place.isThere(); skip--) {
        step(place);
      }
      for (long n = limit; n != 0 && place.isThere(); n--) {
        byte[] member = place.member();
        double score = place.score();
        if (reverse ? r.isBefore(member, score) : r.isBehind(member, score)) {
          break;
        }
        sink.take(place);
        step(place);
      }
      //< phase 2
    }

    private void step(ZsetValue.Place place) {
      if (reverse) {
        place.back();
      } else {
        place.forward();
      }
    }

    void reply() {
      ZsetValue zset = call.db().zset(call.arg(keyAt));
      Reply reply = call.reply();
      if (zset == null) {
        reply.array(0);
        return;
      }
      var body = new Reply(256);
      body.version(reply.version());
      long[] n = {0};
      run(
          zset,
          place -> {
            ZsetCommands.pair(body, place, withScores);
            n[0]++;
          });
      reply.array(withScores && reply.version() == 2 ? n[0] * 2 : n[0]);
      reply.raw(body.array(), 0, body.size());
    }

    void store() {
      ZsetValue zset = call.db().zset(call.arg(keyAt));
      var result = new ZsetValue(call.limits());
      if (zset != null) {
        run(zset, place -> result.put(place.member(), place.score()));
      }
      ZsetSetCommands.store(call, call.arg(1), result, "zrangestore");
    }
  }

  private static void count(Call call, Range range) {
    //> phase 2: two ranks are enough
    ZsetValue zset = call.db().zset(call.arg(1));
    if (zset == null) {
      call.reply().integer(0);
      return;
    }
    ZsetValue.Place first = range.first(zset);
    ZsetValue.Place last = range.last(zset);
    if (!first.isThere() || !last.isThere()) {
      call.reply().integer(0);
      return;
    }
    long n = zset.rank(last.member()) - zset.rank(first.member()) + 1L;
    assert n > 0 : "the first one of a range is behind its last";
    call.reply().integer(n);
    //< phase 2
  }

  private static void removeByRank(Call call) {
    //> phase 2: ranks move while members go
    long start = call.integer(2);
    long end = call.integer(3);
    byte[] key = call.arg(1);
    ZsetValue zset = call.db().zsetForWrite(key);
    if (zset == null) {
      call.reply().integer(0);
      return;
    }
    long size = zset.size();
    long from = Math.max(0, start < 0 ? start + size : start);
    long to = Math.min(size - 1, end < 0 ? end + size : end);
    long removed = 0;
    ZsetValue.Place place = zset.at(from > to || from >= size ? size : from);
    for (long i = from; i <= to && place.isThere(); i++) {
      place.remove();
      removed++;
    }
    finish(call, key, zset, removed, "zremrangebyrank");
    //< phase 2
  }

  private static void remove(Call call, Range range, String event) {
    //> phase 2: from the first one within, as long as they are
    byte[] key = call.arg(1);
    ZsetValue zset = call.db().zsetForWrite(key);
    if (zset == null) {
      call.reply().integer(0);
      return;
    }
    long removed = 0;
    ZsetValue.Place place = range.first(zset);
    while (place.isThere() && !range.isBehind(place.member(), place.score())) {
      place.remove();
      removed++;
    }
    finish(call, key, zset, removed, event);
    //< phase 2
  }

  private static void finish(Call call, byte[] key, ZsetValue zset, long removed, String event) {
    if (removed > 0) {
      ZsetCommands.removed(call, key, zset, removed, event);
    }
    call.reply().integer(removed);
  }
}
