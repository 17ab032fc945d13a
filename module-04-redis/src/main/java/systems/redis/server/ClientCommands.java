package systems.redis.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Numbers;
import systems.redis.resp.Reply;

/** The subcommands of CLIENT. */
final class ClientCommands {
  private static final List<String> TYPES =
      List.of("normal", "slave", "replica", "pubsub", "master");

  private final Server server;

  ClientCommands(Server server) {
    this.server = server;
  }

  void register(CommandTable table) {
    table.on("client|id", call -> call.reply().integer(call.client().id()));
    table.on("client|getname", this::getName);
    table.on("client|setname", this::setName);
    table.on("client|list", this::list);
    table.on("client|info", call -> call.reply().verbatim(line(server, call.client()) + "\n"));
    table.on("client|reply", this::reply);
    table.on("client|kill", this::kill);
    table.on("client|pause", this::pause);
    table.on(
        "client|unpause",
        call -> {
          server.pause().end();
          call.reply().ok();
        });
    table.on("client|unblock", this::unblock);
    table.on("client|no-evict", this::noEvict);
    table.on("client|tracking", this::tracking);
    table.on("client|caching", this::caching);
    table.on("client|getredir", this::getRedirection);
    table.on("client|trackinginfo", this::trackingInfo);
    table.on("client|help", Help::reply);
  }

  private void getName(Call call) {
    if (call.client().name.isEmpty()) {
      call.reply().nil();
    } else {
      call.reply().bulk(call.client().name);
    }
  }

  private void setName(Call call) {
    call.client().name = checkedName(call.arg(2));
    call.reply().ok();
  }

  static String checkedName(byte[] name) {
    for (byte b : name) {
      if (b < '!' || b > '~') {
        throw ErrorReply.err("Client names cannot contain spaces, newlines or special characters.");
      }
    }
    return new String(name, ISO_8859_1);
  }

  // ---- LIST

  private void list(Call call) {
    //> phase 3: all clients, those of a kind, or those of these numbers?
    Predicate<Client> wanted = _ -> true;
    if (call.count() == 4 && call.is(2, "TYPE")) {
      String type = type(call, 3);
      wanted = c -> c.kind().text.equals(type);
    } else if (call.count() > 3 && call.is(2, "ID")) {
      var ids = new ArrayList<Long>();
      for (int i = 3; i < call.count(); i++) {
        if (!Numbers.isLong(call.arg(i))) {
          throw ErrorReply.err("Invalid client ID");
        }
        ids.add(call.integer(i));
      }
      wanted = c -> ids.contains(c.id());
    } else if (call.count() != 2) {
      throw call.syntax();
    }
    var text = new StringBuilder();
    for (Client client : server.clients()) {
      if (wanted.test(client)) {
        text.append(line(server, client)).append('\n');
      }
    }
    call.reply().verbatim(text.toString());
    //< phase 3
  }

  private static String type(Call call, int at) {
    String type = call.text(at).toLowerCase(Locale.ROOT);
    if (!TYPES.contains(type)) {
      throw ErrorReply.err("Unknown client type '" + call.text(at) + "'");
    }
    return type.equals("replica") ? "slave" : type;
  }

  /** A client as CLIENT LIST shows it. */
  static String line(Server server, Client client) {
    long now = server.clock().millis();
    Command last = client.lastCommand;
    return "id="
        + client.id()
        + " addr="
        + client.link().peer()
        + " laddr="
        + client.link().local()
        + " fd="
        + (8 + client.id() % 10_000)
        + " name="
        + client.name
        + " age="
        + (now - client.createdMillis) / 1000
        + " idle="
        + (now - client.lastSeenMillis) / 1000
        + " flags="
        + client.flags()
        + " db="
        + client.db().index()
        + " sub="
        + client.subscriptions.channels.size()
        + " psub="
        + client.subscriptions.patterns.size()
        + " ssub="
        + client.subscriptions.shards.size()
        + " multi="
        + (client.transaction.isOpen() ? client.transaction.queued().size() : -1)
        + " qbuf="
        + client.requests().shownBytes()
        + " qbuf-free="
        + Math.max(0, client.requests().bufferBytes() - client.requests().shownBytes())
        + " argv-mem="
        + client.requests().heldBytes()
        + " multi-mem="
        + client.transaction.queuedBytes
        + " rbs="
        + client.reply().array().length
        + " rbp="
        + client.reply().size()
        + " obl="
        + client.reply().size()
        + " oll="
        + (client.link().unsentBytes() > 0 ? 1 : 0)
        + " omem="
        + client.link().unsentBytes()
        + " tot-mem="
        + server.memoryOf(client)
        + " events=r cmd="
        + (last == null ? "NULL" : last.name())
        + " user="
        + client.user.name()
        + " redir="
        + (client.tracking.isOn() ? client.tracking.redirect : -1)
        + " resp="
        + client.reply().version();
  }

  // ---- the others

  private void reply(Call call) {
    //> phase 3: which of the three says OK?
    Client client = call.client();
    if (call.is(2, "ON")) {
      client.replies = Client.Replies.ON;
      call.reply().ok();
    } else if (call.is(2, "OFF")) {
      client.replies = Client.Replies.OFF;
    } else if (call.is(2, "SKIP")) {
      if (client.replies != Client.Replies.OFF) {
        client.replies = Client.Replies.SKIP_NEXT;
      }
    } else {
      throw call.syntax();
    }
    //< phase 3
  }

  private void kill(Call call) {
    //> phase 3: what if the client asks for its own end?
    if (call.count() == 3) {
      killByAddress(call);
      return;
    }
    boolean skipMe = true; //~ killsTheKiller: boolean skipMe = false;
    Predicate<Client> wanted = _ -> true;
    if (call.count() % 2 != 0) {
      throw call.syntax();
    }
    for (int i = 2; i < call.count(); i += 2) {
      if (call.is(i, "SKIPME")) {
        if (!call.is(i + 1, "YES") && !call.is(i + 1, "NO")) {
          throw call.syntax();
        }
        skipMe = call.is(i + 1, "YES");
      } else {
        wanted = wanted.and(killFilter(call, i)); //~ lastWins: wanted = killFilter(call, i);
      }
    }
    int killed = 0;
    for (Client client : new ArrayList<>(server.clients())) {
      if (wanted.test(client) && !(skipMe && client == call.client())) {
        end(client, call.client());
        killed++;
      }
    }
    call.reply().integer(killed);
    //< phase 3
  }

  private Predicate<Client> killFilter(Call call, int i) {
    String value = call.text(i + 1);
    if (call.is(i, "ID")) {
      long id =
          Numbers.parse(
              call.arg(i + 1), 1, Long.MAX_VALUE, "ERR client-id should be greater than 0");
      return c -> c.id() == id;
    }
    if (call.is(i, "TYPE")) {
      String type = type(call, i + 1);
      return c -> c.kind().text.equals(type);
    }
    if (call.is(i, "ADDR")) {
      return c -> c.link().peer().equals(value);
    }
    if (call.is(i, "LADDR")) {
      return c -> c.link().local().equals(value);
    }
    if (call.is(i, "USER")) {
      if (server.acl().user(value) == null) {
        throw ErrorReply.err("No such user '" + value + "'");
      }
      return c -> c.user.name().equals(value);
    }
    throw call.syntax();
  }

  private void killByAddress(Call call) {
    String address = call.text(2);
    for (Client client : new ArrayList<>(server.clients())) {
      if (client.link().peer().equals(address)) {
        end(client, call.client());
        call.reply().ok();
        return;
      }
    }
    throw ErrorReply.err("No such client");
  }

  /** Who kills itself still hears that it worked. */
  void end(Client client, Client by) {
    if (client == by) {
      client.closeWhenSent = true;
    } else {
      server.close(client);
    }
  }

  private void pause(Call call) {
    //> phase 3: what waits, and until when?
    boolean all = true;
    if (call.count() == 4) {
      if (call.is(3, "WRITE")) {
        all = false;
      } else if (!call.is(3, "ALL")) {
        throw ErrorReply.err("CLIENT PAUSE mode must be WRITE or ALL");
      }
    } else if (call.count() != 3) {
      throw call.wrongArity();
    }
    if (!Numbers.isLong(call.arg(2))) {
      throw ErrorReply.err("timeout is not an integer or out of range");
    }
    long millis = call.integer(2);
    if (millis < 0) {
      throw ErrorReply.err("timeout is negative");
    }
    if (millis > Long.MAX_VALUE - call.nowMillis()) {
      throw ErrorReply.err("timeout is out of range");
    }
    server.pause().begin(System.currentTimeMillis() + millis, all);
    call.reply().ok();
    //< phase 3
  }

  private void unblock(Call call) {
    //> phase 3: as if its time had run out, or with an error?
    boolean error = false;
    if (call.count() == 4) {
      error = call.is(3, "ERROR");
      if (!error && !call.is(3, "TIMEOUT")) {
        throw ErrorReply.err("CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
      }
    } else if (call.count() != 3) {
      throw call.wrongArity();
    }
    Client client = server.client(call.integer(2));
    Waiting waiting = client == null ? null : client.waiting;
    if (client == null || waiting == null) {
      call.reply().integer(0);
      return;
    }
    if (error) {
      server.blocked().end(waiting, "UNBLOCKED client unblocked via CLIENT UNBLOCK");
    } else {
      server.blocked().timeOut(waiting);
    }
    call.reply().integer(1);
    //< phase 3
  }

  private void noEvict(Call call) {
    if (!call.is(2, "ON") && !call.is(2, "OFF")) {
      throw call.syntax();
    }
    call.client().noEvict = call.is(2, "ON");
    call.reply().ok();
  }

  // ---- tracking

  private void tracking(Call call) {
    //> phase 3: which options go together, and when is it too late to change one?
    if (!call.is(2, "ON") && !call.is(2, "OFF")) {
      throw call.syntax();
    }
    var wanted = new Tracking.State();
    boolean broadcast = false;
    for (int i = 3; i < call.count(); i++) {
      boolean more = i + 1 < call.count();
      if (call.is(i, "REDIRECT") && more) {
        if (wanted.redirect != 0) {
          throw ErrorReply.err("A client can only redirect to a single other client");
        }
        wanted.redirect = redirect(call, ++i);
      } else if (call.is(i, "BCAST")) {
        broadcast = true;
      } else if (call.is(i, "OPTIN")) {
        wanted.optIn = true;
      } else if (call.is(i, "OPTOUT")) {
        wanted.optOut = true;
      } else if (call.is(i, "NOLOOP")) {
        wanted.noLoop = true;
      } else if (call.is(i, "PREFIX") && more) {
        wanted.prefixes.add(call.arg(++i));
      } else {
        throw call.syntax();
      }
    }
    if (call.is(2, "OFF")) {
      server.tracking().disable(call.client());
    } else {
      check(call.client().tracking, wanted, broadcast);
      server.tracking().enable(call.client(), wanted, broadcast);
    }
    call.reply().ok();
    //< phase 3
  }

  private long redirect(Call call, int at) {
    if (!Numbers.isLong(call.arg(at))) {
      throw ErrorReply.err("Invalid client ID");
    }
    long id = call.integer(at);
    if (server.client(id) == null) {
      throw ErrorReply.err("The client ID you want redirect to does not exist");
    }
    return id;
  }

  private static void check(Tracking.State now, Tracking.State wanted, boolean broadcast) {
    if (!broadcast && !wanted.prefixes.isEmpty()) {
      throw ErrorReply.err("PREFIX option requires BCAST mode to be enabled");
    }
    if (now.isOn() && now.isBroadcast() != broadcast) {
      throw ErrorReply.err(
          "You can't switch BCAST mode on/off before disabling tracking for this client, and then"
              + " re-enabling it with a different mode.");
    }
    if (broadcast && (wanted.optIn || wanted.optOut)) {
      throw ErrorReply.err("OPTIN and OPTOUT are not compatible with BCAST");
    }
    if (wanted.optIn && wanted.optOut) {
      throw ErrorReply.err("You can't specify both OPTIN mode and OPTOUT mode");
    }
    if (wanted.optIn && now.optOut || wanted.optOut && now.optIn) {
      throw ErrorReply.err(
          "You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then"
              + " re-enabling it with a different mode.");
    }
    byte @Nullable [][] clash = Tracking.overlap(now.prefixes, wanted.prefixes);
    if (broadcast && clash != null) {
      throw ErrorReply.err(
          "Prefix '"
              + new String(clash[0], ISO_8859_1)
              + "' overlaps with an existing prefix '"
              + new String(clash[1], ISO_8859_1)
              + "'. Prefixes for a single client must not overlap.");
    }
  }

  private void caching(Call call) {
    //> phase 3: for which mode is YES meant, and for which one NO?
    Tracking.State state = call.client().tracking;
    if (!state.isOn()) {
      throw ErrorReply.err(
          "CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or"
              + " OPTOUT mode enabled");
    }
    boolean yes = call.is(2, "YES");
    if (!yes && !call.is(2, "NO")) {
      throw call.syntax();
    }
    if (yes && !state.optIn) {
      throw ErrorReply.err(
          "CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.");
    }
    if (!yes && !state.optOut) {
      throw ErrorReply.err(
          "CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.");
    }
    state.caching = true;
    call.reply().ok();
    //< phase 3
  }

  private void getRedirection(Call call) {
    Tracking.State state = call.client().tracking;
    call.reply().integer(state.isOn() ? state.redirect : -1);
  }

  private void trackingInfo(Call call) {
    //> phase 3: what would a client want to know of it?
    Tracking.State state = call.client().tracking;
    var flags = new ArrayList<String>();
    flags.add(state.isOn() ? "on" : "off");
    if (state.isBroadcast()) {
      flags.add("bcast");
    }
    if (state.optIn) {
      flags.add("optin");
      if (state.caching) {
        flags.add("caching-yes");
      }
    }
    if (state.optOut) {
      flags.add("optout");
      if (state.caching) {
        flags.add("caching-no");
      }
    }
    if (state.noLoop) {
      flags.add("noloop");
    }
    if (state.isBroken()) {
      flags.add("broken_redirect");
    }
    Reply reply = call.reply();
    reply.map(3);
    reply.bulk("flags");
    reply.set(flags.size());
    flags.forEach(reply::bulk);
    reply.bulk("redirect");
    reply.integer(state.isOn() ? state.redirect : -1);
    reply.bulk("prefixes");
    reply.array(state.prefixes.size());
    state.prefixes.forEach(reply::bulk);
    //< phase 3
  }
}
