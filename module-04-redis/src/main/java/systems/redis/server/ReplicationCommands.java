package systems.redis.server;

import systems.redis.resp.ErrorReply;

/**
 * WAIT: until so many replicas have confirmed what the client has written. It says how many did; it
 * does not promise that the write survives, for another replica may be promoted.
 */
final class ReplicationCommands {
  private final Server server;

  ReplicationCommands(Server server) {
    this.server = server;
  }

  void register(CommandTable table) {
    table.on("wait", this::waitForReplicas);
  }

  private void waitForReplicas(Call call) {
    if (server.isReplica()) {
      throw ErrorReply.err(
          "WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a"
              + " replica is configured to be writable (which is not the default) writes to"
              + " replicas are just local and are not propagated.");
    }
    if (call.integer(1) < 0) {
      throw ErrorReply.err("value is out of range, must be positive");
    }
    long timeout = call.integer(2);
    if (timeout < 0) {
      throw ErrorReply.err("timeout is negative");
    }
    if (timeout > Long.MAX_VALUE - call.nowMillis()) {
      throw ErrorReply.err("timeout is out of range");
    }
    Client client = call.client();
    long offset = client.writeOffset;
    int confirmed = server.replication().confirmed(offset);
    if (confirmed >= call.integer(1) || call.mustNotWait()) {
      call.reply().integer(confirmed);
      return;
    }
    long deadline = timeout == 0 ? 0 : call.nowMillis() + timeout;
    var waiting =
        new Waiting(
            client,
            null,
            java.util.List.of(),
            null,
            () -> client.reply().integer(server.replication().confirmed(offset)),
            deadline,
            call.command(),
            call.args());
    waiting.offset = offset;
    waiting.replicas = (int) Math.min(Integer.MAX_VALUE, call.integer(1));
    server.blocked().block(waiting);
    server.replication().askForAcks();
  }
}
