package systems.redis.persist;

import static java.nio.ByteOrder.BIG_ENDIAN;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Map;
import systems.redis.types.Limits;
import systems.redis.types.Listpack;
import systems.redis.types.StreamId;
import systems.redis.types.StreamValue;
import systems.redis.types.StreamValue.Consumer;
import systems.redis.types.StreamValue.Group;
import systems.redis.types.StreamValue.Pending;

/** Streams to RDB and back: nodes, counters, groups with what is pending. */
final class RdbStreams {
  private static final int ID_BYTES = 16;

  private RdbStreams() {}

  static void write(RdbOutput out, StreamValue stream) {
    //> phase 5: which numbers of a stream cannot be found in its entries?
    out.length(stream.nodeCount());
    for (StreamValue.Node node : stream.nodeList()) {
      out.plain(bytes(node.master()));
      out.string(node.pack().toBytes());
    }
    out.length(stream.size());
    id(out, stream.lastId);
    id(out, stream.firstId());
    id(out, stream.maxDeletedId);
    out.length(stream.entriesAdded);
    out.length(stream.groups.size());
    stream.groups.forEach((name, group) -> group(out, name, group));
    //< phase 5
  }

  private static void id(RdbOutput out, StreamId id) {
    out.length(id.ms());
    out.length(id.seq());
  }

  private static byte[] bytes(StreamId id) {
    return ByteBuffer.allocate(ID_BYTES)
        .order(BIG_ENDIAN)
        .putLong(id.ms())
        .putLong(id.seq())
        .array();
  }

  private static void group(RdbOutput out, byte[] name, Group group) {
    out.string(name);
    id(out, group.lastId);
    out.length(group.entriesRead);
    out.length(group.pending.size());
    for (Map.Entry<StreamId, Pending> entry : group.pending.entrySet()) {
      out.raw(bytes(entry.getKey()));
      out.little(entry.getValue().deliveredMillis, 8);
      out.length(entry.getValue().deliveries);
    }
    out.length(group.consumers.size());
    for (Consumer consumer : group.consumers.values()) {
      out.string(consumer.name);
      out.little(consumer.seenMillis, 8);
      out.length(consumer.pending.size());
      consumer.pending.keySet().forEach(id -> out.raw(bytes(id)));
    }
  }

  // ---- reading

  static StreamValue read(RdbInput in, boolean version2, Limits limits)
      throws IOException, DamagedException {
    //> phase 5: in which order do the checks come?
    var stream = new StreamValue(limits);
    for (int n = in.count(); n > 0; n--) {
      node(in, stream);
    }
    stream.size(in.length());
    stream.lastId = id(in);
    if (version2) {
      id(in); // the first one: known from the nodes
      stream.maxDeletedId = id(in);
      stream.entriesAdded = in.length();
    } else {
      stream.entriesAdded = stream.size();
    }
    check(stream);
    for (int n = in.count(); n > 0; n--) {
      byte[] name = in.string();
      if (stream.groups.put(name, group(in, version2, stream)) != null) {
        throw new DamagedException("a stream with a group that comes twice");
      }
    }
    return stream;
    //< phase 5
  }

  private static void node(RdbInput in, StreamValue stream) throws IOException, DamagedException {
    byte[] key = in.string();
    if (key.length != ID_BYTES) {
      throw new DamagedException("a stream node whose id has " + key.length + " bytes");
    }
    StreamId master = id(key);
    byte[] bytes = in.string();
    if (!Listpack.validate(bytes)) {
      throw new DamagedException("Stream listpack integrity check failed");
    }
    Listpack pack = Listpack.of(bytes);
    if (!StreamValue.validate(pack)) {
      throw new DamagedException("Stream listpack integrity check failed: an invalid node");
    }
    int before = stream.nodeCount();
    if (before > 0 && stream.node(before - 1).master().compareTo(master) >= 0) {
      throw new DamagedException("stream nodes that do not ascend");
    }
    stream.addNode(new StreamValue.Node(master, pack));
  }

  private static void check(StreamValue stream) throws DamagedException {
    long entries = 0;
    StreamId last = StreamId.MIN;
    StreamValue.Walk walk = stream.forward(StreamId.MIN, StreamId.MAX);
    while (walk.next()) {
      if (entries > 0 && walk.id().compareTo(last) <= 0) {
        throw new DamagedException("stream entries that do not ascend");
      }
      last = walk.id();
      entries++;
    }
    if (entries != stream.size() || last.compareTo(stream.lastId) > 0) {
      throw new DamagedException("a stream whose head disagrees with its entries");
    }
  }

  private static StreamId id(byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(BIG_ENDIAN);
    return new StreamId(buffer.getLong(), buffer.getLong());
  }

  private static StreamId id(RdbInput in) throws IOException, DamagedException {
    return new StreamId(in.length(), in.length());
  }

  private static Group group(RdbInput in, boolean version2, StreamValue stream)
      throws IOException, DamagedException {
    //> phase 5: whose are the pending entries?
    StreamId lastId = id(in);
    long read = version2 ? in.length() : stream.entriesAddedAt(lastId);
    var group = new Group(lastId, read);
    var nobody = new Consumer(new byte[0], 0);
    for (int n = in.count(); n > 0; n--) {
      StreamId id = id(in.raw(ID_BYTES));
      long delivered = in.little(8);
      if (group.pending.put(id, new Pending(nobody, delivered, in.length())) != null) {
        throw new DamagedException("a pending entry that comes twice");
      }
    }
    for (int n = in.count(); n > 0; n--) {
      consumer(in, group, nobody);
    }
    for (Pending pending : group.pending.values()) {
      if (pending.consumer == nobody) {
        throw new DamagedException("a pending entry of nobody");
      }
    }
    return group;
    //< phase 5
  }

  private static void consumer(RdbInput in, Group group, Consumer nobody)
      throws IOException, DamagedException {
    //> phase 5: what if it claims an entry that is not pending?
    byte[] name = in.string();
    var consumer = new Consumer(name, in.little(8));
    if (group.consumers.put(name, consumer) != null) {
      throw new DamagedException("Duplicate stream consumer detected");
    }
    for (int n = in.count(); n > 0; n--) {
      StreamId id = id(in.raw(ID_BYTES));
      Pending pending = group.pending.get(id);
      if (pending == null) {
        throw new DamagedException("a consumer with an entry that is not pending");
      }
      if (pending.consumer != nobody && pending.consumer != consumer) {
        throw new DamagedException("a pending entry of two consumers");
      }
      pending.consumer = consumer;
      if (consumer.pending.put(id, pending) != null) {
        throw new DamagedException("a consumer with an entry that comes twice");
      }
    }
    //< phase 5
  }
}
