package systems.redis.repl;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.ErrorReply;
import systems.redis.server.Call;
import systems.redis.server.Server;

/**
 * FAILOVER: a primary hands its role over without losing a write.
 *
 * <pre>
 *   writes pause -> a replica has confirmed all of the stream -> PSYNC id offset FAILOVER to it
 *     -> it promotes itself and continues our history -> we are its replica, writes go on there
 * </pre>
 *
 * <p>The timeout is for the wait: then the failover is given up, or with FORCE goes on without the
 * confirmation. Once the other side is asked, it may have taken over: only its answer or ABORT ends
 * that. Until it has said +CONTINUE or +FULLRESYNC, ABORT leaves the server the primary that it
 * was.
 */
final class Failover {
  private enum State {
    NONE("no-failover"),
    WAITING("waiting-for-sync"),
    HANDING_OVER("failover-in-progress");

    final String text;

    State(String text) {
      this.text = text;
    }
  }

  private final Server server;
  private final Replication replication;
  private State state = State.NONE;
  private @Nullable String host;
  private int port;
  private boolean force;
  private long deadlineMillis; // 0: none

  Failover(Server server, Replication replication) {
    this.server = server;
    this.replication = replication;
  }

  boolean isRunning() {
    return state != State.NONE;
  }

  boolean isHandingOver() {
    return state == State.HANDING_OVER;
  }

  String stateText() {
    return state.text;
  }

  void command(Call call) {
    if (call.count() == 2 && call.is(1, "ABORT")) {
      if (!isRunning()) {
        throw ErrorReply.err("No failover in progress.");
      }
      abort("Failover manually aborted");
      call.reply().ok();
      return;
    }
    String toHost = null;
    int toPort = 0;
    long timeout = 0;
    boolean forced = false;
    for (int i = 1; i < call.count(); i++) {
      if (call.is(i, "TIMEOUT") && i + 1 < call.count() && timeout == 0) {
        timeout = call.integer(++i);
        if (timeout <= 0) {
          throw ErrorReply.err("FAILOVER timeout must be greater than 0");
        }
      } else if (call.is(i, "TO") && i + 2 < call.count() && toHost == null) {
        toHost = call.text(i + 1);
        toPort = call.int32(i + 2);
        i += 2;
      } else if (call.is(i, "FORCE") && !forced) {
        forced = true;
      } else {
        throw ErrorReply.syntax();
      }
    }
    begin(toHost, toPort, timeout, forced);
    call.reply().ok();
  }

  private void begin(@Nullable String toHost, int toPort, long timeout, boolean forced) {
    if (isRunning()) {
      throw ErrorReply.err("FAILOVER already in progress.");
    }
    if (server.isReplica()) {
      throw ErrorReply.err("FAILOVER is not valid when server is a replica.");
    }
    List<Follower> all = replication.primary().all();
    if (all.isEmpty()) {
      throw ErrorReply.err("FAILOVER requires connected replicas.");
    }
    if (forced && (timeout == 0 || toHost == null)) {
      throw ErrorReply.err(
          "FAILOVER with force option requires both a timeout and target HOST and IP.");
    }
    if (toHost != null) {
      checkTarget(toHost, toPort);
    }
    host = toHost;
    port = toPort;
    force = forced;
    deadlineMillis = timeout == 0 ? 0 : server.clock().millis() + timeout;
    server
        .log()
        .notice(
            "FAILOVER requested to "
                + (toHost == null ? "any replica" : toHost + ":" + toPort)
                + ".");
    state = State.WAITING;
    server.pauseWrites();
    replication.askForAcks();
  }

  private void checkTarget(String toHost, int toPort) {
    Follower target = replication.primary().find(toHost, toPort);
    if (target == null) {
      throw ErrorReply.err("FAILOVER target HOST and PORT is not a replica.");
    }
    if (!target.is(Follower.State.ONLINE)) {
      throw ErrorReply.err("FAILOVER target replica is not online.");
    }
  }

  void tick() {
    if (state != State.WAITING) {
      return; // the other side has been asked: it may have taken over already
    }
    if (deadlineMillis == 0 || server.clock().millis() < deadlineMillis) {
      findReady();
      return;
    }
    String to = host;
    if (force && to != null) {
      server.log().notice("Failover to " + to + ":" + port + " time out exceeded, failing over.");
      handOver(to, port);
    } else {
      abort("Failover attempt timed out");
    }
  }

  /** Someone has confirmed all of the stream. */
  private void findReady() {
    //> phase 7: who has everything?
    var all = new ArrayList<>(replication.primary().all());
    for (Follower f : all) {
      boolean wanted = host == null || f.ip().equals(host) && f.listeningPort == port;
      boolean ready = f.is(Follower.State.ONLINE) && f.ackOffset == replication.history().offset;
      if (wanted && ready) {
        server.log().notice("Failover target is synced, failing over to " + f.name() + ".");
        host = f.ip();
        port = f.listeningPort;
        handOver(f.ip(), f.listeningPort);
        return;
      }
    }
    //< phase 7
  }

  private void handOver(String toHost, int toPort) {
    assert state == State.WAITING : "asked twice";
    state = State.HANDING_OVER;
    replication.follow(toHost, toPort);
  }

  /** The other side took over. */
  void done() {
    if (state == State.HANDING_OVER) {
      server.log().notice("Failover completed, the new primary is " + host + ":" + port + ".");
      end();
    }
  }

  void abort(String why) {
    server.log().notice(why);
    boolean follows = state == State.HANDING_OVER;
    end();
    if (follows) {
      replication.promoteBack();
    }
  }

  private void end() {
    assert isRunning() : "it has ended before";
    state = State.NONE;
    host = null;
    server.unpauseWrites();
  }

  /** PSYNC id offset FAILOVER from our primary; false if an error was its reply. */
  boolean takesOver(Call call) {
    //> phase 7: who may make us a primary?
    if (call.count() != 4 || !call.is(3, "FAILOVER")) {
      throw ErrorReply.syntax();
    }
    if (!server.isReplica()) {
      throw ErrorReply.err("PSYNC FAILOVER can't be sent to a master.");
    }
    String id = call.text(1); //~ obeysAnybody: String id = replication.history().id;
    if (!id.equals(replication.history().id)) {
      throw ErrorReply.err("PSYNC FAILOVER replid must match my replid.");
    }
    server.log().notice("Failover request received, promoting to master.");
    replication.promote();
    return true;
    //< phase 7
  }
}
