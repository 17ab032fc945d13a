package systems.redis.command;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import systems.redis.db.ValueType;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Numbers;
import systems.redis.resp.Reply;
import systems.redis.server.Call;
import systems.redis.types.StreamId;
import systems.redis.types.StreamValue;
import systems.redis.types.StreamValue.Consumer;
import systems.redis.types.StreamValue.Group;
import systems.redis.types.StreamValue.Pending;

/** XREAD and XREADGROUP: what is new, or, of a group, what this consumer has not acknowledged. */
final class StreamRead {
  private final Call call;
  private final boolean grouped;
  private long count = -1;
  private boolean blocks;
  private long timeoutMillis;
  private boolean noAck;
  private byte @Nullable [] groupName;
  private byte @Nullable [] consumerName;
  private int streamsAt;
  private int streams;
  private final List<@Nullable StreamId> after = new ArrayList<>(); // null: new ones of a group

  private StreamRead(Call call, boolean grouped) {
    this.call = call;
    this.grouped = grouped;
  }

  static void command(Call call, boolean grouped) {
    var read = new StreamRead(call, grouped);
    read.parse();
    read.run();
  }

  private void parse() {
    int i = 1;
    for (; i < call.count(); i++) {
      int left = call.count() - i - 1;
      if (call.is(i, "BLOCK") && left >= 1) {
        if (call.client().isScript()) {
          throw ErrorReply.err(
              call.command().name() + " command is not allowed with BLOCK option from scripts");
        }
        blocks = true;
        timeoutMillis = timeout(++i);
      } else if (call.is(i, "COUNT") && left >= 1) {
        count = call.integer(++i);
        count = count <= 0 ? -1 : count;
      } else if (call.is(i, "STREAMS") && left >= 1) {
        streamsAt = i + 1;
        streams = (call.count() - streamsAt) / 2;
        break;
      } else if (call.is(i, "GROUP") && left >= 2) {
        if (!grouped) {
          throw ErrorReply.err(
              "The GROUP option is only supported by XREADGROUP. You called XREAD instead.");
        }
        groupName = call.arg(i + 1);
        consumerName = call.arg(i + 2);
        i += 2;
      } else if (call.is(i, "NOACK")) {
        if (!grouped) {
          throw ErrorReply.err(
              "The NOACK option is only supported by XREADGROUP. You called XREAD instead.");
        }
        noAck = true;
      } else {
        throw call.syntax();
      }
    }
    checkComplete();
    for (int s = 0; s < streams; s++) {
      after.add(startOf(s));
    }
  }

  private void checkComplete() {
    if (streamsAt == 0) {
      throw call.syntax();
    }
    if ((call.count() - streamsAt) % 2 != 0) {
      String symbol = grouped ? "'>'" : "'$'";
      String name = call.command().name();
      throw ErrorReply.err(
          "Unbalanced '"
              + name
              + "' list of streams: for each stream key an ID or "
              + symbol
              + " must be specified.");
    }
    if (grouped && groupName == null) {
      throw ErrorReply.err("Missing GROUP option for XREADGROUP");
    }
  }

  private long timeout(int index) {
    long millis =
        Numbers.parse(
            call.arg(index),
            Long.MIN_VALUE,
            Long.MAX_VALUE,
            "ERR timeout is not an integer or out of range");
    if (millis < 0) {
      throw ErrorReply.err("timeout is negative");
    }
    if (millis > Long.MAX_VALUE - call.nowMillis()) {
      throw ErrorReply.err("timeout is out of range");
    }
    return millis;
  }

  private byte[] key(int s) {
    return call.arg(streamsAt + s);
  }

  private @Nullable StreamId startOf(int s) {
    byte[] key = key(s);
    byte[] text = call.arg(streamsAt + streams + s);
    StreamValue stream = call.db().stream(key);
    if (grouped && (stream == null || groupOf(stream) == null)) {
      throw new ErrorReply(
          "NOGROUP No such key '"
              + latin(key)
              + "' or consumer group '"
              + latin(groupName())
              + "' in XREADGROUP with GROUP option");
    }
    if (text.length == 1 && text[0] == '$') {
      if (grouped) {
        throw ErrorReply.err(
            "The $ ID is meaningless in the context of XREADGROUP: you want to read the history of"
                + " this consumer by specifying a proper ID, or use the > ID to get new messages."
                + " The $ ID would just return an empty result set.");
      }
      return stream == null ? StreamId.MIN : stream.lastId;
    }
    if (text.length == 1 && text[0] == '>') {
      if (!grouped) {
        throw ErrorReply.err(
            "The > ID can be specified only when calling XREADGROUP using the GROUP <group>"
                + " <consumer> option.");
      }
      return null;
    }
    return StreamCommands.id(text, 0);
  }

  private byte[] groupName() {
    assert groupName != null;
    return groupName;
  }

  private @Nullable Group groupOf(StreamValue stream) {
    return stream.groups.get(groupName());
  }

  static String latin(byte[] bytes) {
    return new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  // ---- running

  private void run() {
    //> phase 5: what if there is nothing yet?
    Map<Integer, StreamValue> served = new LinkedHashMap<>();
    for (int s = 0; s < streams; s++) {
      StreamValue stream = call.db().stream(key(s));
      if (stream != null && hasEntries(stream, s)) {
        served.put(s, stream);
      }
    }
    if (!served.isEmpty()) {
      call.propagateNothing();
      begin(call.reply(), served.size());
      served.forEach((s, stream) -> serve(call, s, stream));
      return;
    }
    if (!blocks) {
      call.reply().nilArray();
      return;
    }
    List<byte[]> keys = new ArrayList<>();
    for (int s = 0; s < streams; s++) {
      keys.add(key(s));
    }
    call.waitFor(
        ValueType.STREAM,
        keys,
        timeoutMillis,
        call.reply()::nilArray,
        (key, value) -> serveLater(key, (StreamValue) value),
        grouped);
    //< phase 5
  }

  private boolean hasEntries(StreamValue stream, int s) {
    StreamId start = after.get(s);
    if (start == null) {
      Group group = groupOf(stream);
      return group != null && isAbove(stream, group.lastId);
    }
    return grouped || isAbove(stream, start);
  }

  private static boolean isAbove(StreamValue stream, StreamId id) {
    if (stream.size() == 0) {
      return false;
    }
    StreamId next = id.next();
    return next != null && stream.forward(next, StreamId.MAX).next();
  }

  private static void begin(Reply reply, int n) {
    if (reply.version() == 2) {
      reply.array(n);
    } else {
      reply.map(n);
    }
  }

  private boolean serveLater(byte[] key, StreamValue stream) {
    for (int s = 0; s < streams; s++) {
      if (!java.util.Arrays.equals(key(s), key)) {
        continue;
      }
      if (grouped && groupOf(stream) == null) {
        throw new ErrorReply(
            "NOGROUP No such key '"
                + latin(key)
                + "' or consumer group '"
                + latin(groupName())
                + "' in XREADGROUP with GROUP option");
      }
      if (hasEntries(stream, s)) {
        Call again = call.again();
        begin(again.reply(), 1);
        serve(again, s, stream);
        again.finishAgain();
        return true;
      }
    }
    return false;
  }

  private void serve(Call to, int s, StreamValue stream) {
    Reply reply = to.reply();
    if (reply.version() == 2) {
      reply.array(2);
    }
    reply.bulk(key(s));
    StreamId start = after.get(s);
    if (!grouped) {
      assert start != null;
      StreamId next = start.next();
      assert next != null;
      StreamCommands.entries(reply, stream.forward(next, StreamId.MAX), count);
      return;
    }
    to.db().forWrite(key(s));
    Group group = groupOf(stream);
    assert group != null;
    Consumer consumer = consumer(to, group, key(s));
    if (start == null) {
      deliver(to, stream, group, consumer, key(s));
    } else {
      history(reply, stream, consumer, start);
    }
  }

  private Consumer consumer(Call to, Group group, byte[] key) {
    byte[] name = consumerName;
    assert name != null;
    Consumer there = group.consumers.get(name);
    if (there == null) {
      there = new Consumer(name, to.nowMillis());
      group.consumers.put(name, there);
      to.event('t', "xgroup-createconsumer", key);
      to.changed(1);
      if (noAck) { // else XCLAIM tells of the consumer
        to.also("XGROUP", "CREATECONSUMER", key, groupName(), name);
      }
    }
    there.seenMillis = to.nowMillis();
    return there;
  }

  /** Entries that nobody of the group got yet. */
  private void deliver(Call to, StreamValue stream, Group group, Consumer consumer, byte[] key) {
    //> phase 5: which entries, whose are they now, and what do replicas hear?
    StreamId next = group.lastId.next();
    assert next != null;
    StreamValue.Walk walk = stream.forward(next, StreamId.MAX);
    var body = new Reply(256);
    body.version(to.reply().version());
    long n = 0;
    while (n != count && walk.next()) {
      StreamId id = walk.id();
      advance(stream, group, id); //~ deliversTwice: assert id != null;
      StreamCommands.entry(body, id, walk.fields());
      if (!noAck) { //~ pendsAnyway: if (n >= 0) {
        pend(to, group, consumer, id, key);
      }
      n++;
    }
    to.reply().array(n);
    to.reply().raw(body.array(), 0, body.size());
    if (n > 0) {
      to.changed(n);
      if (noAck) {
        to.also(
            "XGROUP",
            "SETID",
            key,
            groupName(),
            group.lastId.toBytes(),
            "ENTRIESREAD",
            group.entriesRead);
      }
    }
    //< phase 5
  }

  private static void advance(StreamValue stream, Group group, StreamId id) {
    //> phase 5: how many entries has the group read, and when can nobody know?
    if (id.compareTo(group.lastId) > 0) {
      boolean known = group.entriesRead != Group.UNKNOWN && !stream.hasTombstoneFrom(id);
      if (known) {
        group.entriesRead++;
      } else if (stream.entriesAdded > 0) {
        group.entriesRead = stream.entriesAddedAt(id);
      }
      group.lastId = id;
    }
    //< phase 5
  }

  private void pend(Call to, Group group, Consumer consumer, StreamId id, byte[] key) {
    //> phase 5: what if another consumer has it?
    Pending pending = group.pending.get(id);
    if (pending != null) {
      pending.consumer.pending.remove(id);
      pending.consumer = consumer;
      pending.deliveredMillis = to.nowMillis();
      pending.deliveries = 1;
    } else {
      pending = new Pending(consumer, to.nowMillis(), 1);
      group.pending.put(id, pending);
    }
    consumer.pending.put(id, pending);
    assert pending.consumer == consumer : "in the list of one, and said to be another's";
    GroupCommands.propagateClaim(to, key, groupName(), group, id, pending);
    //< phase 5
  }

  /** What this consumer got and has not acknowledged. */
  private void history(Reply reply, StreamValue stream, Consumer consumer, StreamId start) {
    //> phase 5: what is shown of an entry that was deleted?
    StreamId from = start.next();
    long most = count < 0 ? Long.MAX_VALUE : count;
    List<StreamId> shown =
        from == null
            ? List.of()
            : consumer.pending.tailMap(from).keySet().stream().limit(most).toList();
    reply.array(shown.size());
    for (StreamId id : shown) {
      Pending entry = consumer.pending.get(id);
      assert entry != null;
      entry.deliveries++; //~ looksAreFree: assert entry.deliveries > 0;
      entry.deliveredMillis = call.nowMillis();
      StreamValue.Entry there = stream.get(id);
      if (there == null) {
        reply.array(2);
        reply.bulk(id.toBytes());
        reply.nilArray();
      } else {
        StreamCommands.entry(reply, id, there.fields());
      }
    }
    //< phase 5
  }
}
