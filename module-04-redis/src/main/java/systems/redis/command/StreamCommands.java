package systems.redis.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Reply;
import systems.redis.server.Call;
import systems.redis.server.CommandTable;
import systems.redis.types.StreamId;
import systems.redis.types.StreamValue;

/** Streams: appending, ranges, trimming, reading, introspection. */
final class StreamCommands {
  private static final String INVALID_ID =
      "ERR Invalid stream ID specified as stream command argument";

  private StreamCommands() {}

  static void register(CommandTable table) {
    table.on("xadd", StreamCommands::add);
    table.on("xtrim", StreamCommands::trim);
    table.on("xlen", StreamCommands::length);
    table.on("xrange", call -> range(call, false));
    table.on("xrevrange", call -> range(call, true));
    table.on("xdel", StreamCommands::delete);
    table.on("xsetid", StreamCommands::setId);
    table.on("xread", call -> StreamRead.command(call, false));
    table.on("xreadgroup", call -> StreamRead.command(call, true));
    table.on("xinfo|stream", StreamCommands::infoStream);
    table.on("xinfo|groups", StreamCommands::infoGroups);
    table.on("xinfo|consumers", StreamCommands::infoConsumers);
    table.on("xinfo|help", StreamCommands::help);
  }

  private static void help(Call call) {
    call.server().help(call);
  }

  /** A complete id; the sequence may be missing. */
  static StreamId id(byte[] text, long missingSeq) {
    StreamId id = StreamId.parse(text, missingSeq);
    if (id == null) {
      throw new ErrorReply(INVALID_ID);
    }
    return id;
  }

  // ---- trimming options

  /** MAXLEN or MINID, exact or about, with a limit. */
  private static final class Trim {
    enum Kind {
      NONE,
      MAXLEN,
      MINID
    }

    Kind kind = Kind.NONE;
    boolean approximate;
    long maxLength;
    StreamId minId = StreamId.MIN;
    long limit = -1;

    /** Reads MAXLEN or MINID with what follows it; returns the index behind. */
    int parse(Call call, int at) {
      boolean length = call.is(at, "MAXLEN");
      if (kind != Kind.NONE) {
        throw ErrorReply.err(
            "syntax error, MAXLEN and MINID options at the same time are not compatible");
      }
      kind = length ? Kind.MAXLEN : Kind.MINID;
      int i = at + 1;
      if (i + 1 < call.count() && call.arg(i).length == 1) {
        if (call.arg(i)[0] == '~') {
          approximate = true;
          i++;
        } else if (call.arg(i)[0] == '=') {
          i++;
        }
      }
      if (i >= call.count()) {
        throw call.syntax();
      }
      if (length) {
        maxLength = call.integer(i);
        if (maxLength < 0) {
          throw ErrorReply.err("The MAXLEN argument must be >= 0.");
        }
      } else {
        minId = id(call.arg(i), 0);
      }
      return i + 1;
    }

    void parseLimit(Call call, int at) {
      limit = call.integer(at);
      if (limit < 0) {
        throw ErrorReply.err("The LIMIT argument must be >= 0.");
      }
    }

    void check() {
      if (limit >= 0 && kind == Kind.NONE) {
        throw ErrorReply.err(
            "syntax error, LIMIT cannot be used without specifying a trimming strategy");
      }
      if (limit >= 0 && !approximate) {
        throw ErrorReply.err("syntax error, LIMIT cannot be used without the special ~ option");
      }
    }

    long run(Call call, StreamValue stream) {
      long most = limit;
      if (most < 0) {
        most = approximate ? 100L * Math.max(1, call.limits().streamNodeEntries) : 0;
        if (approximate && call.limits().streamNodeEntries == 0) {
          most = 10_000;
        }
      }
      return switch (kind) {
        case NONE -> 0;
        case MAXLEN -> stream.trimToLength(maxLength, approximate, most);
        case MINID -> stream.trimToId(minId, approximate, most);
      };
    }
  }

  // ---- XADD

  private static void add(Call call) {
    //> phase 5: options, id, fields: what is checked before the stream comes to be?
    var options = AddOptions.parse(call);
    var wanted = Wanted.parse(call.arg(options.idAt));
    byte[] key = call.arg(1);
    StreamValue stream = call.db().streamForWrite(key);
    if (stream == null && !options.makes) {
      call.reply().nil();
      return;
    }
    boolean isNew = stream == null;
    if (stream == null) {
      stream = new StreamValue(call.limits());
    }
    StreamId id = wanted.next(stream.lastId, call.nowMillis());
    stream.add(id, Arrays.copyOfRange(call.args(), options.idAt + 1, call.count()));
    if (isNew) {
      call.db().add(key, stream);
    }
    call.db().changed(key);
    call.changed(1);
    call.reply().bulk(id.toBytes());
    call.event('t', "xadd", key);
    long trimmed = options.trim.run(call, stream);
    if (trimmed > 0) {
      call.event('t', "xtrim", key);
    }
    propagateAdd(call, options.idAt, id, options.trim, stream);
    if (!isNew) {
      call.server().signal(call.db(), key, stream);
    }
    //< phase 5
  }

  //> phase 5 only
  /** What stands before the id, and where the id is. */
  private record AddOptions(Trim trim, boolean makes, int idAt) {
    static AddOptions parse(Call call) {
      var trim = new Trim();
      boolean makes = true;
      int i = 2;
      for (; i < call.count(); i++) {
        if (call.is(i, "NOMKSTREAM")) {
          makes = false;
        } else if (call.is(i, "MAXLEN") || call.is(i, "MINID")) {
          i = trim.parse(call, i) - 1;
        } else if (call.is(i, "LIMIT") && i + 1 < call.count()) {
          trim.parseLimit(call, ++i);
        } else {
          break;
        }
      }
      trim.check();
      int fields = call.count() - i - 1;
      if (fields < 2 || fields % 2 != 0) {
        throw call.wrongArity();
      }
      return new AddOptions(trim, makes, i);
    }
  }

  //< phase 5

  /** An id as XADD takes it: {@code *}, {@code ms-*} or complete. */
  private record Wanted(boolean now, long ms, long seq, boolean anySeq) {
    static Wanted parse(byte[] text) {
      //> phase 5: the clock's id, one of a millisecond, or a whole one?
      if (text.length == 1 && text[0] == '*') {
        return new Wanted(true, 0, 0, true);
      }
      String t = new String(text, ISO_8859_1);
      if (t.endsWith("-*")) {
        Long ms = StreamId.unsigned(t.substring(0, t.length() - 2));
        if (ms == null) {
          throw new ErrorReply(INVALID_ID);
        }
        return new Wanted(false, ms, 0, true);
      }
      StreamId id = id(text, 0);
      if (id.equals(StreamId.MIN)) { //~ zeroIsAnId: if (text.length == 0) {
        throw ErrorReply.err("The ID specified in XADD must be greater than 0-0");
      }
      return new Wanted(false, id.ms(), id.seq(), false);
      //< phase 5
    }

    StreamId next(StreamId last, long nowMillis) {
      //> phase 5: what if the clock has gone back?
      if (last.equals(StreamId.MAX)) {
        throw ErrorReply.err(
            "The stream has exhausted the last possible ID, unable to add more items");
      }
      StreamId id;
      if (now) {
        id =
            Long.compareUnsigned(nowMillis, last.ms()) > 0
                ? new StreamId(nowMillis, 0)
                : last.next();
      } else if (anySeq) {
        id = ms == last.ms() ? sameMillis(last) : new StreamId(ms, ms == 0 ? 1 : 0);
      } else {
        id = new StreamId(ms, seq);
      }
      if (id == null || id.compareTo(last) <= 0) {
        throw ErrorReply.err(
            "The ID specified in XADD is equal or smaller than the target stream top item");
      }
      return id;
      //< phase 5
    }

    private static @Nullable StreamId sameMillis(StreamId last) {
      return last.seq() == -1 ? null : new StreamId(last.ms(), last.seq() + 1);
    }
  }

  /** The id is now known, and about-trimming becomes exact, so that replicas trim the same. */
  private static void propagateAdd(
      Call call, int idAt, StreamId id, Trim trim, StreamValue stream) {
    var words = new ArrayList<Object>();
    words.add("XADD");
    words.add(call.arg(1));
    if (trim.kind != Trim.Kind.NONE) {
      exactTrim(words, trim, stream);
    }
    words.add(id.toBytes());
    words.addAll(List.of(call.args()).subList(idAt + 1, call.count()));
    call.rewrite(words.toArray());
  }

  private static void exactTrim(List<Object> words, Trim trim, StreamValue stream) {
    if (trim.kind == Trim.Kind.MAXLEN) {
      words.add("MAXLEN");
      words.add("=");
      words.add(trim.approximate ? stream.size() : trim.maxLength);
    } else {
      words.add("MINID");
      words.add("=");
      words.add(trim.approximate ? stream.firstId().toBytes() : trim.minId.toBytes());
    }
  }

  private static void trim(Call call) {
    //> phase 5: exactly or by whole nodes; and what do replicas hear?
    var trim = new Trim();
    int i = 2;
    while (i < call.count()) {
      if (call.is(i, "MAXLEN") || call.is(i, "MINID")) {
        i = trim.parse(call, i);
      } else if (call.is(i, "LIMIT") && i + 1 < call.count()) {
        trim.parseLimit(call, i + 1);
        i += 2;
      } else {
        throw call.syntax();
      }
    }
    trim.check();
    if (trim.kind == Trim.Kind.NONE) {
      throw ErrorReply.err("syntax error, XTRIM must be called with MAXLEN or MINID");
    }
    byte[] key = call.arg(1);
    StreamValue stream = call.db().streamForWrite(key);
    if (stream == null) {
      call.reply().integer(0);
      return;
    }
    long trimmed = trim.run(call, stream);
    if (trimmed > 0) {
      call.event('t', "xtrim", key);
      call.touched(key);
      call.changed(trimmed - 1);
      if (trim.approximate) {
        var words = new ArrayList<Object>(List.of("XTRIM", key));
        exactTrim(words, trim, stream);
        call.rewrite(words.toArray());
      }
    }
    call.reply().integer(trimmed);
    //< phase 5
  }

  private static void length(Call call) {
    StreamValue stream = call.db().stream(call.arg(1));
    call.reply().integer(stream == null ? 0 : stream.size());
  }

  // ---- ranges

  /** The least id for {@code -}, the greatest for {@code +}, else null. */
  static @Nullable StreamId end(byte[] text) {
    if (text.length != 1) {
      return null;
    }
    return text[0] == '-' ? StreamId.MIN : text[0] == '+' ? StreamId.MAX : null;
  }

  /** An end of a range; {@code (} makes it open. */
  static @Nullable StreamId bound(byte[] text, boolean start) {
    //> phase 5: what is inside if the end itself is not?
    StreamId end = end(text);
    if (end != null) {
      return end;
    }
    boolean open = text.length > 0 && text[0] == '(';
    byte[] plain = open ? Arrays.copyOfRange(text, 1, text.length) : text;
    StreamId id = id(plain, start ? 0 : -1);
    if (!open) {
      return id;
    }
    StreamId inside = start ? id.next() : id.previous(); //~ closedEnds: StreamId inside = id;
    if (inside == null) {
      throw ErrorReply.err(
          start ? "invalid start ID for the interval" : "invalid end ID for the interval");
    }
    return inside;
    //< phase 5
  }

  private static void range(Call call, boolean reverse) {
    //> phase 5: which end comes first when it goes backwards?
    StreamId from = bound(call.arg(reverse ? 3 : 2), true);
    StreamId to = bound(call.arg(reverse ? 2 : 3), false);
    long count = -1;
    for (int i = 4; i < call.count(); i++) {
      if (call.is(i, "COUNT") && i + 1 < call.count()) {
        count = Math.max(0, call.integer(++i));
      } else {
        throw call.syntax();
      }
    }
    StreamValue stream = call.db().stream(call.arg(1));
    if (stream == null || from == null || to == null) {
      call.reply().array(0);
      return;
    }
    if (count == 0) {
      call.reply().nilArray();
      return;
    }
    StreamValue.Walk walk = reverse ? stream.backward(from, to) : stream.forward(from, to);
    entries(call.reply(), walk, count);
    //< phase 5
  }

  /** Writes an array of up to so many entries; -1 for all. */
  static long entries(Reply reply, StreamValue.Walk walk, long count) {
    var body = new Reply(256);
    body.version(reply.version());
    long n = 0;
    while (n != count && walk.next()) {
      entry(body, walk.id(), walk.fields());
      n++;
    }
    reply.array(n);
    reply.raw(body.array(), 0, body.size());
    return n;
  }

  static void entry(Reply reply, StreamId id, byte[][] fields) {
    reply.array(2);
    reply.bulk(id.toBytes());
    reply.array(fields.length);
    for (byte[] field : fields) {
      reply.bulk(field);
    }
  }

  private static void delete(Call call) {
    //> phase 5: what has to be remembered of an entry that is gone?
    StreamId[] ids = new StreamId[call.count() - 2];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = id(call.arg(i + 2), 0);
    }
    byte[] key = call.arg(1);
    StreamValue stream = call.db().streamForWrite(key);
    if (stream == null) {
      call.reply().integer(0);
      return;
    }
    int deleted = 0;
    for (StreamId id : ids) {
      if (stream.delete(id)) {
        deleted++;
        if (id.compareTo(stream.maxDeletedId) > 0) { //~ forgetsTheDeleted: if (ids.length == 0) {
          stream.maxDeletedId = id;
        }
      }
    }
    if (deleted > 0) {
      call.touched(key);
      call.changed(deleted - 1);
      call.event('t', "xdel", key);
    }
    call.reply().integer(deleted);
    //< phase 5
  }

  private static void setId(Call call) {
    //> phase 5: which ids would break the promise that ids grow?
    StreamId id = id(call.arg(2), 0);
    StreamId maxDeleted = null;
    long added = -1;
    for (int i = 3; i < call.count(); i++) {
      boolean more = i + 1 < call.count();
      if (call.is(i, "ENTRIESADDED") && more) {
        added = call.integer(++i);
        if (added < 0) {
          throw ErrorReply.err("entries_added must be positive");
        }
      } else if (call.is(i, "MAXDELETEDID") && more) {
        maxDeleted = id(call.arg(++i), 0);
        if (id.compareTo(maxDeleted) < 0) {
          throw ErrorReply.err(
              "The ID specified in XSETID is smaller than the provided max_deleted_entry_id");
        }
      } else {
        throw call.syntax();
      }
    }
    byte[] key = call.arg(1);
    StreamValue stream = call.db().streamForWrite(key);
    if (stream == null) {
      throw ErrorReply.err("no such key");
    }
    checkSetId(stream, id, added);
    stream.lastId = id;
    if (added >= 0) {
      stream.entriesAdded = added;
    }
    if (maxDeleted != null) {
      stream.maxDeletedId = maxDeleted;
    }
    call.touched(key);
    call.event('t', "xsetid", key);
    call.reply().ok();
    //< phase 5
  }

  //> phase 5 only
  private static void checkSetId(StreamValue stream, StreamId id, long added) {
    if (id.compareTo(stream.maxDeletedId) < 0) {
      throw ErrorReply.err(
          "The ID specified in XSETID is smaller than current max_deleted_entry_id");
    }
    StreamValue.Entry last = stream.lastEntry();
    if (last != null && id.compareTo(last.id()) < 0) {
      throw ErrorReply.err("The ID specified in XSETID is smaller than the target stream top item");
    }
    if (last != null && added >= 0 && stream.size() > added) {
      throw ErrorReply.err(
          "The entries_added specified in XSETID is smaller than the target stream length");
    }
  }

  //< phase 5

  // ---- XINFO

  private static StreamValue existing(Call call) {
    StreamValue stream = call.db().stream(call.arg(2));
    if (stream == null) {
      throw ErrorReply.err("no such key");
    }
    return stream;
  }

  private static void infoStream(Call call) {
    boolean full = false;
    long count = 10;
    if (call.count() > 3) {
      if (!call.is(3, "FULL") || call.count() != 4 && call.count() != 6) {
        throw call.syntax();
      }
      full = true;
      if (call.count() == 6) {
        if (!call.is(4, "COUNT")) {
          throw call.syntax();
        }
        count = Math.max(0, call.integer(5));
      }
    }
    StreamValue stream = existing(call);
    Reply reply = call.reply();
    reply.map(full ? 9 : 10);
    field(reply, "length", stream.size());
    field(reply, "radix-tree-keys", stream.nodeCount());
    field(reply, "radix-tree-nodes", stream.nodeCount() + 1L);
    reply.bulk("last-generated-id");
    reply.bulk(stream.lastId.toBytes());
    reply.bulk("max-deleted-entry-id");
    reply.bulk(stream.maxDeletedId.toBytes());
    field(reply, "entries-added", stream.entriesAdded);
    reply.bulk("recorded-first-entry-id");
    reply.bulk(stream.firstId().toBytes());
    if (full) {
      fullInfo(reply, stream, count);
      return;
    }
    field(reply, "groups", stream.groups.size());
    reply.bulk("first-entry");
    entryOrNil(reply, stream.firstEntry());
    reply.bulk("last-entry");
    entryOrNil(reply, stream.lastEntry());
  }

  private static void entryOrNil(Reply reply, StreamValue.@Nullable Entry entry) {
    if (entry == null) {
      reply.nil();
    } else {
      entry(reply, entry.id(), entry.fields());
    }
  }

  private static void field(Reply reply, String name, long value) {
    reply.bulk(name);
    reply.integer(value);
  }

  private static void fullInfo(Reply reply, StreamValue stream, long count) {
    reply.bulk("entries");
    entries(reply, stream.forward(StreamId.MIN, StreamId.MAX), count == 0 ? -1 : count);
    reply.bulk("groups");
    reply.array(stream.groups.size());
    for (Map.Entry<byte[], StreamValue.Group> entry : stream.groups.entrySet()) {
      StreamValue.Group group = entry.getValue();
      reply.map(7);
      reply.bulk("name");
      reply.bulk(entry.getKey());
      reply.bulk("last-delivered-id");
      reply.bulk(group.lastId.toBytes());
      read(reply, group);
      lag(reply, stream, group);
      field(reply, "pel-count", group.pending.size());
      reply.bulk("pending");
      long n = count == 0 ? group.pending.size() : Math.min(count, group.pending.size());
      reply.array(n);
      group.pending.entrySet().stream().limit(n).forEach(p -> pendingOfGroup(reply, p));
      reply.bulk("consumers");
      reply.array(group.consumers.size());
      group.consumers.values().forEach(consumer -> consumer(reply, consumer, count));
    }
  }

  private static void pendingOfGroup(
      Reply reply, Map.Entry<StreamId, StreamValue.Pending> pending) {
    reply.array(4);
    reply.bulk(pending.getKey().toBytes());
    reply.bulk(pending.getValue().consumer.name);
    reply.integer(pending.getValue().deliveredMillis);
    reply.integer(pending.getValue().deliveries);
  }

  private static void consumer(Reply reply, StreamValue.Consumer consumer, long count) {
    reply.map(4);
    reply.bulk("name");
    reply.bulk(consumer.name);
    field(reply, "seen-time", consumer.seenMillis);
    field(reply, "pel-count", consumer.pending.size());
    reply.bulk("pending");
    long n = count == 0 ? consumer.pending.size() : Math.min(count, consumer.pending.size());
    reply.array(n);
    consumer.pending.entrySet().stream()
        .limit(n)
        .forEach(p -> {
          reply.array(3);
          reply.bulk(p.getKey().toBytes());
          reply.integer(p.getValue().deliveredMillis);
          reply.integer(p.getValue().deliveries);
        });
  }

  private static void read(Reply reply, StreamValue.Group group) {
    reply.bulk("entries-read");
    if (group.entriesRead == StreamValue.Group.UNKNOWN) {
      reply.nil();
    } else {
      reply.integer(group.entriesRead);
    }
  }

  private static void lag(Reply reply, StreamValue stream, StreamValue.Group group) {
    reply.bulk("lag");
    if (stream.entriesAdded == 0) {
      reply.integer(0);
    } else if (group.entriesRead != StreamValue.Group.UNKNOWN
        && !stream.hasTombstoneFrom(nextOf(group.lastId))) {
      reply.integer(stream.entriesAdded - group.entriesRead);
    } else {
      long at = stream.entriesAddedAt(group.lastId);
      if (at == StreamValue.Group.UNKNOWN) {
        reply.nil();
      } else {
        reply.integer(stream.entriesAdded - at);
      }
    }
  }

  private static StreamId nextOf(StreamId id) {
    StreamId next = id.next();
    return next == null ? id : next;
  }

  private static void infoGroups(Call call) {
    StreamValue stream = existing(call);
    Reply reply = call.reply();
    reply.array(stream.groups.size());
    stream.groups.forEach((name, group) -> {
      reply.map(6);
      reply.bulk("name");
      reply.bulk(name);
      field(reply, "consumers", group.consumers.size());
      field(reply, "pending", group.pending.size());
      reply.bulk("last-delivered-id");
      reply.bulk(group.lastId.toBytes());
      read(reply, group);
      lag(reply, stream, group);
    });
  }

  private static void infoConsumers(Call call) {
    StreamValue stream = existing(call);
    StreamValue.Group group = stream.groups.get(call.arg(3));
    if (group == null) {
      throw GroupCommands.noGroup(call.arg(2), call.arg(3));
    }
    Reply reply = call.reply();
    reply.array(group.consumers.size());
    for (StreamValue.Consumer consumer : group.consumers.values()) {
      reply.map(3);
      reply.bulk("name");
      reply.bulk(consumer.name);
      field(reply, "pending", consumer.pending.size());
      field(reply, "idle", Math.max(0, call.nowMillis() - consumer.seenMillis));
    }
  }
}
