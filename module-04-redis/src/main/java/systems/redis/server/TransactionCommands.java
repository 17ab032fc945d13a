package systems.redis.server;

import systems.redis.resp.ErrorReply;

/**
 * MULTI, EXEC, DISCARD, WATCH, UNWATCH.
 *
 * <p>A transaction is a queue: EXEC runs it without anybody in between, and goes on after an error
 * of a command, since most errors are bugs of the program that sent them. What makes EXEC refuse: a
 * command that could not be queued, and a watched key that was changed.
 */
final class TransactionCommands {
  private final Server server;

  TransactionCommands(Server server) {
    this.server = server;
  }

  void register(CommandTable table) {
    table.on("multi", this::multi);
    table.on("exec", this::exec);
    table.on("discard", this::discard);
    table.on("watch", this::watch);
    table.on("unwatch", this::unwatch);
  }

  private void multi(Call call) {
    //> phase 3: what if one is open already?
    if (call.client().transaction.isOpen()) {
      throw ErrorReply.err("MULTI calls can not be nested");
    }
    call.client().transaction.open();
    call.reply().ok();
    //< phase 3
  }

  private void exec(Call call) {
    //> phase 3: what must be so that the queue runs, and what is said otherwise?
    Client client = call.client();
    Transaction transaction = client.transaction;
    if (!transaction.isOpen()) {
      throw ErrorReply.err("EXEC without MULTI");
    }
    if (transaction.isBroken()) { //~ runsWhatIsLeft: if (call.count() > 1) {
      server.dispatcher().endTransaction(client);
      throw new ErrorReply("EXECABORT Transaction discarded because of previous errors.");
    }
    if (transaction.isDirty() || server.watchers().hasExpired(client, server.databases())) {
      server.dispatcher().endTransaction(client);
      call.reply().nilArray();
      return;
    }
    server.dispatcher().exec(client);
    //< phase 3
  }

  private void discard(Call call) {
    //> phase 3: what is forgotten beside the queue?
    if (!call.client().transaction.isOpen()) {
      throw ErrorReply.err("DISCARD without MULTI");
    }
    server.dispatcher().endTransaction(call.client());
    call.reply().ok();
    //< phase 3
  }

  private void watch(Call call) {
    //> phase 3: why is it too late once the queue is open?
    if (call.client().transaction.isOpen()) {
      throw ErrorReply.err("WATCH inside MULTI is not allowed");
    }
    if (!call.client().transaction.isDirty()) {
      for (int i = 1; i < call.count(); i++) {
        server.watchers().watch(call.client(), call.arg(i));
      }
    }
    call.reply().ok();
    //< phase 3
  }

  private void unwatch(Call call) {
    server.watchers().unwatch(call.client());
    if (!server.dispatcher().isInTransaction()) {
      call.client().transaction.close();
    }
    call.reply().ok();
  }
}
