package systems.redis.server;

import java.util.ArrayList;
import java.util.List;

/**
 * CLIENT PAUSE: commands wait, all of them or those that write, also those of the primary. Replicas
 * go on, and nothing expires or is evicted meanwhile, so that the data stands still for a failover.
 */
final class Pause {
  private record Postponed(Client client, byte[][] args) {}

  private final Server server;
  private long untilMillis;
  private boolean all;
  private boolean forShutdown; // writes, until it ends
  private final List<Postponed> postponed = new ArrayList<>();

  Pause(Server server) {
    this.server = server;
  }

  boolean isOn() {
    return forShutdown || untilMillis > System.currentTimeMillis();
  }

  boolean isWritesOnly() {
    return !all;
  }

  long untilMillis() {
    return untilMillis;
  }

  void begin(long until, boolean everything) {
    //> phase 3: what if a pause is on already, and what must not happen meanwhile?
    boolean running = isOn();
    untilMillis = running ? Math.max(untilMillis, until) : until;
    all = running ? all || everything : everything;
    server.databases().keepExpired(true);
    server.wakeAt(untilMillis);
    //< phase 3
  }

  /** Nothing is written while replicas catch up with a server that is about to end. */
  void forShutdown(boolean yes) {
    forShutdown = yes;
    server.databases().keepExpired(isOn());
    if (!isOn()) {
      end();
    }
  }

  boolean holds(Client client, Command command, byte[][] args) {
    if (untilMillis == 0 && !forShutdown || !isOn() || client.isReplica || client.fromFile) {
      return false;
    }
    if (all) {
      return true;
    }
    boolean queuedWrites =
        command.name().equals("exec")
            && (client.transaction.hasFlag(Flag.WRITE)
                || client.transaction.hasFlag(Flag.MAY_REPLICATE));
    long flags = server.scripts().flags(command, args);
    return (flags & (Flag.WRITE.bit() | Flag.MAY_REPLICATE.bit())) != 0 || queuedWrites;
  }

  void postpone(Client client, byte[][] args) {
    assert !client.pausedByServer : "while one request waits, the next is not read";
    client.pausedByServer = true;
    postponed.add(new Postponed(client, args));
  }

  int waiting() {
    return (int) postponed.stream().filter(p -> !p.client.closed).count();
  }

  /** Ends a pause whose time is over. */
  void tick() {
    if (untilMillis != 0 && !isOn()) {
      end();
    }
  }

  void end() {
    //> phase 3: in which order do they go on?
    untilMillis = 0;
    all = false;
    server.databases().keepExpired(false);
    List<Postponed> now = new ArrayList<>(postponed);
    postponed.clear();
    for (Postponed p : now) {
      if (!p.client.closed) {
        p.client.pausedByServer = false;
        server.requestLater(p.client, p.args);
      }
    }
    //< phase 3
  }

  void forget(Client client) {
    postponed.removeIf(p -> p.client == client);
  }
}
