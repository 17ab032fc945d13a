package systems.redis.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;

/**
 * What replicas and the append-only file have to repeat, in the order of the changes.
 *
 * <pre>
 *   call: EVAL, whose script runs LPUSH and finds an expired key
 *     -> MULTI  LPUSH  DEL  EXEC                 several of one command are one transaction
 *   call: SET
 *     -> SET
 * </pre>
 *
 * <p>Commands are collected while one command of a client runs, and go out when it is through:
 * either all of it or nothing is repeated elsewhere. SELECT goes before a command for another
 * database than the last one.
 */
final class Propagator {
  /** Where commands go. */
  interface Sink {
    /** The bit of {@link #select}. */
    int target();

    /** Whether there is anything to do, now. */
    boolean isOpen();

    void take(int db, byte[][] words);
  }

  private record Command(int db, byte[][] words, int targets) {}

  private static final byte[][] MULTI = {"MULTI".getBytes(ISO_8859_1)};
  private static final byte[][] EXEC = {"EXEC".getBytes(ISO_8859_1)};

  private final List<Sink> sinks = new ArrayList<>();
  private final List<Command> collected = new ArrayList<>();
  private boolean suspended;
  private int selected = 3; // of the file, 1, and the replicas, 2

  void addSink(Sink sink) {
    sinks.add(sink);
  }

  /** A script chooses who gets its effects; until {@link #flush}. */
  void select(int flags) {
    selected = flags;
  }

  /** Nothing is collected while data is loaded. */
  void suspend(boolean yes) {
    suspended = yes;
  }

  void add(int db, byte[][] words) {
    if (!suspended && selected != 0 && isOpen()) {
      collected.add(new Command(db, words, targets(words)));
    }
  }

  private boolean isOpen() {
    for (Sink sink : sinks) {
      if (sink.isOpen()) {
        return true;
      }
    }
    return false;
  }

  int mark() {
    return collected.size();
  }

  /** Puts a command before those that were collected since the mark. */
  void insert(int mark, int db, byte[][] words) {
    assert mark <= collected.size() || suspended : "sent before its command was through";
    if (!suspended && selected != 0 && isOpen()) {
      collected.add(mark, new Command(db, words, targets(words)));
    }
  }

  /** Sends what was collected as one: whole, or not at all. */
  void flush() {
    sendAll(true);
  }

  /** Sends what was collected one by one: deletions that have nothing to do with each other. */
  void flushEach() {
    sendAll(false);
  }

  private void sendAll(boolean asOne) {
    selected = 3;
    if (collected.isEmpty()) {
      return;
    }
    List<Command> now = new ArrayList<>(collected);
    collected.clear();
    for (Sink sink : sinks) {
      if (sink.isOpen()) {
        send(now, sink, asOne);
      }
    }
  }

  private static void send(List<Command> commands, Sink sink, boolean asOne) {
    //> phase 4: what has to be repeated whole or not at all?
    List<Command> wanted =
        commands.stream().filter(command -> (command.targets & sink.target()) != 0).toList();
    boolean wrap = asOne && wanted.size() > 1; //~ fallsApart: boolean wrap = wanted.size() > 9;
    if (wrap) {
      sink.take(wanted.getFirst().db, MULTI);
    }
    for (Command command : wanted) {
      sink.take(command.db, command.words);
    }
    if (wrap) {
      sink.take(wanted.getLast().db, EXEC);
    }
    //< phase 4
  }

  /** Messages are for those who listen now: the file has no use for them. */
  private int targets(byte[][] words) {
    boolean message = Call.is(words[0], "PUBLISH") || Call.is(words[0], "SPUBLISH");
    return message ? selected & Server.Sink.REPLICAS : selected;
  }
}
