package systems.redis.command;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Numbers;
import systems.redis.resp.Reply;
import systems.redis.server.Call;
import systems.redis.server.CommandTable;
import systems.redis.types.StreamId;
import systems.redis.types.StreamValue;
import systems.redis.types.StreamValue.Consumer;
import systems.redis.types.StreamValue.Group;
import systems.redis.types.StreamValue.Pending;

/** Consumer groups: XGROUP, XACK, XPENDING, XCLAIM, XAUTOCLAIM. */
final class GroupCommands {
  private static final int SCANS_A_CLAIM = 10;

  private GroupCommands() {}

  static void register(CommandTable table) {
    table.on("xgroup|create", GroupCommands::create);
    table.on("xgroup|setid", GroupCommands::setId);
    table.on("xgroup|destroy", GroupCommands::destroy);
    table.on("xgroup|createconsumer", GroupCommands::createConsumer);
    table.on("xgroup|delconsumer", GroupCommands::deleteConsumer);
    table.on("xgroup|help", call -> call.server().help(call));
    table.on("xack", GroupCommands::acknowledge);
    table.on("xpending", GroupCommands::pending);
    table.on("xclaim", GroupCommands::claim);
    table.on("xautoclaim", GroupCommands::autoClaim);
  }

  static ErrorReply noGroup(byte[] key, byte[] group) {
    return new ErrorReply(
        "NOGROUP No such consumer group '"
            + StreamRead.latin(group)
            + "' for key name '"
            + StreamRead.latin(key)
            + "'");
  }

  private static ErrorReply noKeyOrGroup(byte[] key, byte[] group) {
    return new ErrorReply(
        "NOGROUP No such key '"
            + StreamRead.latin(key)
            + "' or consumer group '"
            + StreamRead.latin(group)
            + "'");
  }

  // ---- XGROUP

  private static @Nullable StreamValue stream(Call call, boolean makes) {
    StreamValue stream = call.db().streamForWrite(call.arg(2));
    if (stream == null && !makes) {
      throw ErrorReply.err(
          "The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to"
              + " use the MKSTREAM option to create an empty stream automatically.");
    }
    return stream;
  }

  private static Group group(Call call) {
    StreamValue stream = stream(call, false);
    assert stream != null : "an error, where none is made";
    Group group = stream.groups.get(call.arg(3));
    if (group == null) {
      throw noGroup(call.arg(2), call.arg(3));
    }
    return group;
  }

  private static StreamId start(byte[] text, @Nullable StreamValue stream) {
    if (text.length == 1 && text[0] == '$') {
      return stream == null ? StreamId.MIN : stream.lastId;
    }
    return StreamCommands.id(text, 0);
  }

  private static void create(Call call) {
    //> phase 5: where does a group begin to read?
    boolean makes = false;
    long read = Group.UNKNOWN;
    for (int i = 5; i < call.count(); i++) {
      if (call.is(i, "MKSTREAM")) {
        makes = true;
      } else if (call.is(i, "ENTRIESREAD") && i + 1 < call.count()) {
        read = entriesRead(call, ++i);
      } else {
        throw call.wrongArityOfSubcommand();
      }
    }
    StreamValue stream = stream(call, makes);
    StreamId id = start(call.arg(4), stream);
    byte[] key = call.arg(2);
    if (stream == null) {
      stream = new StreamValue(call.limits());
      call.db().add(key, stream);
      call.db().changed(key);
    }
    if (stream.groups.putIfAbsent(call.arg(3), new Group(id, read)) != null) {
      throw new ErrorReply("BUSYGROUP Consumer Group name already exists");
    }
    call.changed(1);
    call.event('t', "xgroup-create", key);
    call.reply().ok();
    //< phase 5
  }

  private static long entriesRead(Call call, int index) {
    long read = call.integer(index);
    if (read < 0 && read != Group.UNKNOWN) {
      throw ErrorReply.err("value for ENTRIESREAD must be positive or -1");
    }
    return read;
  }

  private static void setId(Call call) {
    long read = Group.UNKNOWN;
    for (int i = 5; i < call.count(); i++) {
      if (call.is(i, "ENTRIESREAD") && i + 1 < call.count()) {
        read = entriesRead(call, ++i);
      } else {
        throw call.wrongArityOfSubcommand();
      }
    }
    Group group = group(call);
    StreamId end = StreamCommands.end(call.arg(4));
    group.lastId = end == null ? start(call.arg(4), call.db().stream(call.arg(2))) : end;
    group.entriesRead = read;
    call.changed(1);
    call.event('t', "xgroup-setid", call.arg(2));
    call.reply().ok();
  }

  private static void destroy(Call call) {
    //> phase 5: who waits for a group that goes?
    StreamValue stream = stream(call, false);
    assert stream != null;
    boolean there = stream.groups.remove(call.arg(3)) != null;
    if (there) {
      call.changed(1);
      call.event('t', "xgroup-destroy", call.arg(2));
      call.server().signal(call.db(), call.arg(2), stream);
    }
    call.reply().integer(there ? 1 : 0);
    //< phase 5
  }

  private static void createConsumer(Call call) {
    Group group = group(call);
    byte[] name = call.arg(4);
    boolean isNew = !group.consumers.containsKey(name);
    if (isNew) {
      group.consumers.put(name, new Consumer(name, call.nowMillis()));
      call.changed(1);
      call.event('t', "xgroup-createconsumer", call.arg(2));
    }
    call.reply().integer(isNew ? 1 : 0);
  }

  private static void deleteConsumer(Call call) {
    //> phase 5: what becomes of what it had pending?
    Group group = group(call);
    Consumer consumer = group.consumers.remove(call.arg(4));
    if (consumer == null) {
      call.reply().integer(0);
      return;
    }
    consumer.pending.keySet().forEach(group.pending::remove); //~ orphans: assert group != null;
    call.changed(1);
    call.event('t', "xgroup-delconsumer", call.arg(2));
    call.reply().integer(consumer.pending.size());
    //< phase 5
  }

  // ---- XACK

  private static void acknowledge(Call call) {
    //> phase 5: how many lists know of a pending entry?
    StreamValue stream = call.db().streamForWrite(call.arg(1));
    Group group = stream == null ? null : stream.groups.get(call.arg(2));
    if (group == null) {
      call.reply().integer(0);
      return;
    }
    List<StreamId> ids = new ArrayList<>();
    for (int i = 3; i < call.count(); i++) {
      ids.add(StreamCommands.id(call.arg(i), 0));
    }
    int done = 0;
    for (StreamId id : ids) {
      Pending pending = group.pending.remove(id);
      if (pending != null) {
        pending.consumer.pending.remove(id); //~ acknowledgesHalf: assert done >= 0;
        done++;
      }
    }
    call.changed(done);
    call.reply().integer(done);
    //< phase 5
  }

  // ---- XPENDING

  private static void pending(Call call) {
    if (call.count() == 3) {
      summary(call, existing(call));
      return;
    }
    long idle = 0;
    int at = 3;
    if (call.is(3, "IDLE")) {
      if (call.count() < 5) {
        throw call.syntax();
      }
      idle = call.integer(4);
      at = 5;
    }
    int words = call.count() - at;
    if (words != 3 && words != 4) {
      throw call.syntax();
    }
    long count = Math.max(0, call.integer(at + 2));
    StreamId from = StreamCommands.bound(call.arg(at), true);
    StreamId to = StreamCommands.bound(call.arg(at + 1), false);
    Group group = existing(call);
    NavigableMap<StreamId, Pending> source = group.pending;
    if (words == 4) {
      Consumer consumer = group.consumers.get(call.arg(at + 3));
      source = consumer == null ? Collections.emptyNavigableMap() : consumer.pending;
    }
    list(call, source, from, to, count, idle);
  }

  private static Group existing(Call call) {
    StreamValue stream = call.db().stream(call.arg(1));
    Group group = stream == null ? null : stream.groups.get(call.arg(2));
    if (group == null) {
      throw noKeyOrGroup(call.arg(1), call.arg(2));
    }
    return group;
  }

  private static void summary(Call call, Group group) {
    //> phase 5: least, greatest, and how many each?
    Reply reply = call.reply();
    reply.array(4);
    reply.integer(group.pending.size());
    if (group.pending.isEmpty()) {
      reply.nil();
      reply.nil();
      reply.nilArray();
      return;
    }
    reply.bulk(group.pending.firstKey().toBytes());
    reply.bulk(group.pending.lastKey().toBytes());
    List<Consumer> busy =
        group.consumers.values().stream().filter(c -> !c.pending.isEmpty()).toList();
    reply.array(busy.size());
    for (Consumer consumer : busy) {
      reply.array(2);
      reply.bulk(consumer.name);
      reply.bulk((long) consumer.pending.size());
    }
    //< phase 5
  }

  private static void list(
      Call call,
      NavigableMap<StreamId, Pending> source,
      @Nullable StreamId from,
      @Nullable StreamId to,
      long count,
      long idle) {
    //> phase 5: which entries are idle enough?
    Reply reply = call.reply();
    if (from == null || to == null || from.compareTo(to) > 0) {
      reply.array(0);
      return;
    }
    var found = new ArrayList<Map.Entry<StreamId, Pending>>();
    for (Map.Entry<StreamId, Pending> entry : source.subMap(from, true, to, true).entrySet()) {
      if (found.size() == count) {
        break;
      }
      if (call.nowMillis() - entry.getValue().deliveredMillis >= idle) {
        found.add(entry);
      }
    }
    reply.array(found.size());
    for (Map.Entry<StreamId, Pending> entry : found) {
      Pending pending = entry.getValue();
      reply.array(4);
      reply.bulk(entry.getKey().toBytes());
      reply.bulk(pending.consumer.name);
      reply.integer(Math.max(0, call.nowMillis() - pending.deliveredMillis));
      reply.integer(pending.deliveries);
    }
    //< phase 5
  }

  // ---- XCLAIM

  /** The state of a pending entry as a command that sets all of it. */
  static void propagateClaim(
      Call call, byte[] key, byte[] groupName, Group group, StreamId id, Pending pending) {
    call.also(
        "XCLAIM",
        key,
        groupName,
        pending.consumer.name,
        "0",
        id.toBytes(),
        "TIME",
        pending.deliveredMillis,
        "RETRYCOUNT",
        pending.deliveries,
        "FORCE",
        "JUSTID",
        "LASTID",
        group.lastId.toBytes());
  }

  private static final class ClaimOptions {
    long deliveredMillis;
    long retryCount = -1;
    boolean force;
    boolean justId;
    @Nullable StreamId lastId;
  }

  private static long minIdle(Call call, int index, String command) {
    return Math.max(
        0,
        Numbers.parse(
            call.arg(index),
            Long.MIN_VALUE,
            Long.MAX_VALUE,
            "ERR Invalid min-idle-time argument for " + command));
  }

  private static void claim(Call call) {
    //> phase 5: what of an id that is not pending?
    StreamValue stream = call.db().streamForWrite(call.arg(1));
    Group group = stream == null ? null : stream.groups.get(call.arg(2));
    if (stream == null || group == null) {
      throw noKeyOrGroup(call.arg(1), call.arg(2));
    }
    long minIdle = minIdle(call, 4, "XCLAIM");
    List<StreamId> ids = new ArrayList<>();
    int i = 5;
    for (; i < call.count(); i++) {
      StreamId id = StreamId.parse(call.arg(i), 0);
      if (id == null) {
        break;
      }
      ids.add(id);
    }
    ClaimOptions options = claimOptions(call, i);
    if (ids.isEmpty()) {
      throw new ErrorReply("ERR Invalid stream ID specified as stream command argument");
    }
    if (options.lastId != null && options.lastId.compareTo(group.lastId) > 0) {
      group.lastId = options.lastId;
      call.changed(1);
    }
    var claimed = new Claim(call, stream, group, call.arg(3));
    for (StreamId id : ids) {
      claimed.take(id, minIdle, options);
    }
    call.propagateNothing();
    claimed.reply(call.reply());
    //< phase 5
  }

  private static ClaimOptions claimOptions(Call call, int from) {
    var options = new ClaimOptions();
    options.deliveredMillis = call.nowMillis();
    for (int i = from; i < call.count(); i++) {
      boolean more = i + 1 < call.count();
      if (call.is(i, "FORCE")) {
        options.force = true;
      } else if (call.is(i, "JUSTID")) {
        options.justId = true;
      } else if (call.is(i, "IDLE") && more) {
        options.deliveredMillis =
            call.nowMillis() - number(call, ++i, "ERR Invalid IDLE option argument for XCLAIM");
      } else if (call.is(i, "TIME") && more) {
        options.deliveredMillis = number(call, ++i, "ERR Invalid TIME option argument for XCLAIM");
      } else if (call.is(i, "RETRYCOUNT") && more) {
        options.retryCount = number(call, ++i, "ERR Invalid RETRYCOUNT option argument for XCLAIM");
      } else if (call.is(i, "LASTID") && more) {
        options.lastId = StreamCommands.id(call.arg(++i), 0);
      } else {
        throw ErrorReply.err("Unrecognized XCLAIM option '" + call.text(i) + "'");
      }
    }
    if (options.deliveredMillis < 0 || options.deliveredMillis > call.nowMillis()) {
      options.deliveredMillis = call.nowMillis();
    }
    return options;
  }

  private static long number(Call call, int index, String message) {
    return Numbers.parse(call.arg(index), Long.MIN_VALUE, Long.MAX_VALUE, message);
  }

  private static final class Claim {
    private final Call call;
    private final StreamValue stream;
    private final Group group;
    private final byte[] consumerName;
    private @Nullable Consumer consumer;
    final Reply body = new Reply(256);
    final List<StreamId> deleted = new ArrayList<>();
    int count;

    Claim(Call call, StreamValue stream, Group group, byte[] consumerName) {
      this.call = call;
      this.stream = stream;
      this.group = group;
      this.consumerName = consumerName;
      body.version(call.reply().version());
    }

    private Consumer consumer() {
      Consumer there = consumer;
      if (there == null) {
        there = group.consumers.get(consumerName);
      }
      if (there == null) {
        there = new Consumer(consumerName, call.nowMillis());
        group.consumers.put(consumerName, there);
        call.event('t', "xgroup-createconsumer", call.arg(1));
        call.changed(1);
        call.also("XGROUP", "CREATECONSUMER", call.arg(1), call.arg(2), consumerName);
      }
      there.seenMillis = call.nowMillis();
      consumer = there;
      return there;
    }

    void reply(Reply reply) {
      reply.array(count);
      reply.raw(body.array(), 0, body.size());
    }

    void touchConsumer() {
      consumer();
    }

    boolean take(StreamId id, long minIdle, ClaimOptions options) {
      //> phase 5: pending or not, deleted or not, idle or not: who gets it?
      Pending pending = group.pending.get(id);
      if (pending != null && !stream.contains(id)) {
        // a deleted entry can't be claimed: it is forgotten
        pending.consumer.pending.remove(id);
        group.pending.remove(id);
        call.also("XACK", call.arg(1), call.arg(2), id.toBytes());
        call.changed(1);
        deleted.add(id);
        return false;
      }
      if (pending == null) {
        if (!options.force || !stream.contains(id)) {
          return false;
        }
        pending = new Pending(consumer(), options.deliveredMillis, 1);
        group.pending.put(id, pending);
        pending.consumer.pending.put(id, pending);
        pending.deliveries = 0;
      } else if (minIdle > 0 && call.nowMillis() - pending.deliveredMillis < minIdle) {
        return false;
      }
      give(id, pending, options);
      return true;
      //< phase 5
    }

    private void give(StreamId id, Pending pending, ClaimOptions options) {
      Consumer to = consumer();
      if (pending.consumer != to) {
        pending.consumer.pending.remove(id);
        pending.consumer = to;
        to.pending.put(id, pending);
      }
      assert to.pending.get(id) == group.pending.get(id) : "one entry in two lists";
      pending.deliveredMillis = options.deliveredMillis;
      if (options.retryCount >= 0) {
        pending.deliveries = options.retryCount;
      } else if (!options.justId) { //~ phase 5 idsCount: } else {
        pending.deliveries++;
      }
      if (options.justId) {
        body.bulk(id.toBytes());
      } else {
        StreamValue.Entry entry = stream.get(id);
        assert entry != null : "a deleted entry is given to nobody";
        StreamCommands.entry(body, id, entry.fields());
      }
      count++;
      call.changed(1);
      propagateClaim(call, call.arg(1), call.arg(2), group, id, pending);
    }
  }

  // ---- XAUTOCLAIM

  private static void autoClaim(Call call) {
    //> phase 5: where does the next call go on?
    long minIdle = minIdle(call, 4, "XAUTOCLAIM");
    StreamId from = StreamCommands.bound(call.arg(5), true);
    long count = 100;
    var options = new ClaimOptions();
    options.deliveredMillis = call.nowMillis();
    for (int i = 6; i < call.count(); i++) {
      if (call.is(i, "COUNT") && i + 1 < call.count()) {
        count =
            Numbers.parse(
                call.arg(++i), 1, Long.MAX_VALUE / SCANS_A_CLAIM, "ERR COUNT must be > 0");
      } else if (call.is(i, "JUSTID")) {
        options.justId = true;
      } else {
        throw call.syntax();
      }
    }
    StreamValue stream = call.db().streamForWrite(call.arg(1));
    Group group = stream == null ? null : stream.groups.get(call.arg(2));
    if (stream == null || group == null || from == null) {
      throw noKeyOrGroup(call.arg(1), call.arg(2));
    }
    var claimed = new Claim(call, stream, group, call.arg(3));
    claimed.touchConsumer();
    StreamId next = StreamId.MIN;
    long attempts = count * SCANS_A_CLAIM;
    long left = count;
    var looked = group.pending.tailMap(from).keySet().stream().limit(attempts + 1).toList();
    for (StreamId id : looked) {
      if (attempts-- == 0 || left == 0) {
        next = id; //~ beginsAgain: next = from;
        break;
      }
      int before = claimed.deleted.size();
      if (claimed.take(id, minIdle, options) || claimed.deleted.size() > before) {
        left--;
      }
    }
    call.propagateNothing();
    call.reply().array(3);
    call.reply().bulk(next.toBytes());
    claimed.reply(call.reply());
    call.reply().array(claimed.deleted.size());
    claimed.deleted.forEach(id -> call.reply().bulk(id.toBytes()));
    //< phase 5
  }
}
