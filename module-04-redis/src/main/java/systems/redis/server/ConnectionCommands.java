package systems.redis.server;

import systems.redis.db.Database;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Numbers;
import systems.redis.resp.Reply;

/** PING, ECHO, SELECT, AUTH, HELLO, QUIT, RESET. */
final class ConnectionCommands {
  private final Server server;

  ConnectionCommands(Server server) {
    this.server = server;
  }

  void register(CommandTable table) {
    table.on("ping", this::ping);
    table.on("echo", call -> call.reply().bulk(call.arg(1)));
    table.on("select", this::select);
    table.on("auth", this::auth);
    table.on("hello", this::hello);
    table.on("quit", this::quit);
    table.on("reset", this::reset);
    table.on("swapdb", this::swapDb);
    table.on("asking", ConnectionCommands::noCluster);
    table.on("readonly", ConnectionCommands::noCluster);
    table.on("readwrite", ConnectionCommands::noCluster);
    table.clusterDisabled();
  }

  private void ping(Call call) {
    if (call.count() > 2) {
      throw call.wrongArity();
    }
    Client client = call.client();
    Reply reply = call.reply();
    if (client.subscriptions.count() > 0 && reply.version() == 2) {
      reply.array(2);
      reply.bulk("pong");
      reply.bulk(call.count() == 2 ? call.arg(1) : new byte[0]);
    } else if (call.count() == 1) {
      reply.pong();
    } else {
      reply.bulk(call.arg(1));
    }
  }

  private void select(Call call) {
    long index =
        Numbers.parse(
            call.arg(1),
            Integer.MIN_VALUE,
            Integer.MAX_VALUE,
            "ERR value is not an integer or out of range");
    if (index < 0 || index >= server.databases().count()) {
      throw ErrorReply.err("DB index is out of range");
    }
    call.client().select(server.databases().get((int) index));
    call.reply().ok();
  }

  /** What a server that is no part of a cluster says. */
  static void noCluster(Call call) {
    throw ErrorReply.err("This instance has cluster support disabled");
  }

  private void swapDb(Call call) {
    int a = dbIndex(call, 1, "ERR invalid first DB index");
    int b = dbIndex(call, 2, "ERR invalid second DB index");
    if (a < 0 || b < 0 || a >= server.databases().count() || b >= server.databases().count()) {
      throw ErrorReply.err("DB index is out of range");
    }
    if (a != b) {
      Database first = server.databases().get(a);
      Database second = server.databases().get(b);
      server.watchers().flushed(first, second);
      server.watchers().flushed(second, first);
      server.databases().swap(a, b);
      server.blocked().signalAll(first);
      server.blocked().signalAll(second);
    }
    call.changed(1);
    call.reply().ok();
  }

  private static int dbIndex(Call call, int at, String message) {
    return (int) Numbers.parse(call.arg(at), Integer.MIN_VALUE, Integer.MAX_VALUE, message);
  }

  private void auth(Call call) {
    if (call.count() > 3) {
      throw call.syntax();
    }
    if (call.count() == 2) {
      if (server.acl().defaultUser().noPassword) {
        throw ErrorReply.err(
            "AUTH <password> called without any password configured for the default user. Are you"
                + " sure your configuration is correct?");
      }
      login(call.client(), "default", call.arg(1));
    } else {
      login(call.client(), call.text(1), call.arg(2));
    }
    call.reply().ok();
  }

  private void login(Client client, String name, byte[] password) {
    Acl.User user = server.acl().user(name);
    if (user == null || !user.on || !user.hasPassword(password)) {
      server.stats().aclDeniedAuth++;
      server
          .acl()
          .note(
              "auth",
              server.dispatcher().isInTransaction() ? "multi" : "toplevel",
              "AUTH",
              name,
              ClientCommands.line(server, client),
              server.clock().millis());
      throw new ErrorReply("WRONGPASS invalid username-password pair or user is disabled.");
    }
    client.user = user;
    client.loggedIn = true;
    client.requests().loggedIn(true);
  }

  private void hello(Call call) {
    //> phase 3: in which order: version, login, name? And what if the last of them is wrong?
    int version = call.count() > 1 ? version(call.arg(1)) : call.reply().version();
    String user = null;
    byte[] password = new byte[0];
    String name = null;
    for (int i = 2; i < call.count(); i++) {
      int more = call.count() - 1 - i;
      if (call.is(i, "AUTH") && more >= 2) {
        user = call.text(i + 1);
        password = call.arg(i + 2);
        i += 2;
      } else if (call.is(i, "SETNAME") && more >= 1) {
        name = ClientCommands.checkedName(call.arg(i + 1));
        i++;
      } else {
        throw ErrorReply.err("Syntax error in HELLO option '" + call.text(i) + "'");
      }
    }
    Client client = call.client();
    if (user != null) {
      login(client, user, password);
    }
    if (!client.loggedIn && server.needsLogin(client)) {
      throw new ErrorReply(
          "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO"
              + " <proto> AUTH <user> <pass> option can be used to authenticate the client and"
              + " select the RESP protocol version at the same time");
    }
    if (name != null) {
      client.name = name;
    }
    call.reply().version(version);
    greet(call.reply(), client);
    //< phase 3
  }

  //> phase 3 only
  private static int version(byte[] text) {
    long asked =
        Numbers.parse(
            text,
            Long.MIN_VALUE,
            Long.MAX_VALUE,
            "ERR Protocol version is not an integer or out of range");
    if (asked < 2 || asked > 3) {
      throw new ErrorReply("NOPROTO unsupported protocol version");
    }
    return (int) asked;
  }

  //< phase 3

  private void greet(Reply reply, Client client) {
    reply.map(7);
    reply.bulk("server");
    reply.bulk("redis");
    reply.bulk("version");
    reply.bulk(Server.VERSION);
    reply.bulk("proto");
    reply.integer(reply.version());
    reply.bulk("id");
    reply.integer(client.id());
    reply.bulk("mode");
    reply.bulk("standalone");
    reply.bulk("role");
    reply.bulk(server.isReplica() ? "replica" : "master");
    reply.bulk("modules");
    reply.array(0);
  }

  private void quit(Call call) {
    call.reply().ok();
    call.client().closeWhenSent = true;
  }

  private void reset(Call call) {
    //> phase 3: what does a connection remember that a new one does not?
    Client client = call.client();
    if (client.isMaster || client.fromScript) {
      throw ErrorReply.err("can only reset normal client connections");
    }
    if (client.monitor) {
      server.monitor().remove(client);
    }
    if (client.transaction.isOpen()) {
      client.transaction.close();
    }
    server.watchers().unwatch(client);
    server.tracking().disable(client);
    server.pubSub().forget(client);
    client.select(server.databases().get(0));
    client.reply().version(2);
    client.name = "";
    client.noEvict = false;
    client.replies = Client.Replies.ON;
    client.user = server.acl().defaultUser();
    client.loggedIn = client.user.noPassword && client.user.on;
    client.requests().loggedIn(client.loggedIn);
    client.reply().status("RESET");
    //< phase 3
  }
}
