package systems.redis.server;

import java.util.ArrayList;
import java.util.List;

/** What a client has queued since MULTI, and what it watches. */
final class Transaction {
  /** A queued command; checked already. */
  record Queued(Command command, byte[][] args) {}

  private boolean open;
  private boolean broken; // a command could not be queued
  private boolean dirty; // a watched key was changed
  private final List<Queued> queue = new ArrayList<>();
  final List<Watchers.Watch> watches = new ArrayList<>();
  long queuedFlags;
  long queuedBytes;

  boolean isOpen() {
    return open;
  }

  void open() {
    open = true;
  }

  boolean isBroken() {
    return broken;
  }

  void breakOff() {
    broken |= open;
  }

  boolean isDirty() {
    return dirty;
  }

  void dirty() {
    dirty = true;
  }

  void queue(Command command, byte[][] args, long flags) {
    //> phase 3: what has to be known of a command that runs later?
    assert open : "queued without MULTI";
    queue.add(new Queued(command, args));
    queuedFlags |= flags;
    for (byte[] arg : args) {
      queuedBytes += arg.length + 16;
    }
    //< phase 3
  }

  long watchedBytes() {
    long sum = 0;
    for (Watchers.Watch watch : watches) {
      sum += watch.key.name().bytes().length + Watchers.WATCH_BYTES;
    }
    return sum;
  }

  List<Queued> queued() {
    return queue;
  }

  boolean hasFlag(Flag flag) {
    return (queuedFlags & flag.bit()) != 0;
  }

  /** Forgets the queue; watches are the {@link Watchers}' business. */
  void close() {
    open = false;
    broken = false;
    dirty = false;
    queue.clear(); //~ phase 3 keepsTheQueue: queuedFlags = 0;
    queuedFlags = 0;
    queuedBytes = 0;
  }
}
