package systems.redis.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Numbers;
import systems.redis.resp.Reply;

/** The subcommands of ACL, and the file of users. */
final class AclCommands {
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Server server;

  AclCommands(Server server) {
    this.server = server;
  }

  void register(CommandTable table) {
    table.on("acl|cat", this::cat);
    table.on("acl|deluser", this::delUser);
    table.on("acl|dryrun", this::dryRun);
    table.on("acl|genpass", this::genPass);
    table.on("acl|getuser", this::getUser);
    table.on("acl|list", this::list);
    table.on("acl|load", this::load);
    table.on("acl|log", this::log);
    table.on("acl|save", this::save);
    table.on("acl|setuser", this::setUser);
    table.on("acl|users", this::users);
    table.on("acl|whoami", call -> call.reply().bulk(call.client().user.name()));
    table.on("acl|help", Help::reply);
  }

  private void cat(Call call) {
    //> phase 5: which commands are of a category, and which subcommands?
    Reply reply = call.reply();
    if (call.count() == 2) {
      reply.array(Acl.CATEGORIES.size());
      Acl.CATEGORIES.forEach(reply::bulk);
      return;
    }
    if (call.count() > 3) {
      throw call.wrongArityOfSubcommand();
    }
    String category = call.text(2).toLowerCase(Locale.ROOT);
    if (!Acl.CATEGORIES.contains(category)) {
      throw ErrorReply.err("Unknown category '" + call.text(2) + "'");
    }
    var names = new ArrayList<String>();
    for (Command command : server.table().all()) {
      if (command.spec().categories.contains(category)) {
        names.add(command.name());
      }
      for (Command sub : command.subcommands.values()) {
        if (sub.spec().categories.contains(category)) {
          names.add(sub.name());
        }
      }
    }
    reply.array(names.size());
    names.forEach(reply::bulk);
    //< phase 5
  }

  private void delUser(Call call) {
    int deleted = 0;
    for (int i = 2; i < call.count(); i++) {
      String name = call.text(i);
      if (name.equals("default")) {
        throw ErrorReply.err("The 'default' user cannot be removed");
      }
      Acl.User gone = server.acl().users().remove(name);
      if (gone != null) {
        deleted++;
        endClientsOf(gone, call.client());
      }
    }
    call.reply().integer(deleted);
  }

  private void endClientsOf(Acl.User user, Client by) {
    for (Client client : new ArrayList<>(server.clients())) {
      if (client.user == user) {
        client.user = server.acl().defaultUser();
        client.loggedIn = false;
        if (client == by) {
          client.closeWhenSent = true;
        } else {
          server.close(client);
        }
      }
    }
  }

  private void dryRun(Call call) {
    //> phase 5: how does it differ from what would happen?
    Acl.User user = server.acl().user(call.text(2));
    if (user == null) {
      throw ErrorReply.err("User '" + call.text(2) + "' not found");
    }
    byte[][] args = java.util.Arrays.copyOfRange(call.args(), 3, call.count());
    Command command = server.table().find(args[0]);
    if (command != null && command.isContainer() && args.length > 1) {
      command =
          command.subcommands.getOrDefault(
              new String(args[1], ISO_8859_1).toLowerCase(Locale.ROOT), command);
    }
    if (command == null) {
      throw ErrorReply.err("Command '" + new String(args[0], ISO_8859_1) + "' not found");
    }
    if (!command.spec().isArity(args.length)) {
      throw new ErrorReply(Call.arityText(command.name()));
    }
    Acl.Refused refused = user.check(command, args);
    if (refused == null) {
      call.reply().ok();
      return;
    }
    String who = "This user has no permissions to ";
    call.reply()
        .bulk(
            switch (refused.denial()) {
              case COMMAND, AUTH -> who + "run the '" + command.name() + "' command";
              case KEY -> who + "access the '" + refused.object() + "' key";
              case CHANNEL -> who + "access the '" + refused.object() + "' channel";
            });
    //< phase 5
  }

  private void genPass(Call call) {
    long bits = 256;
    if (call.count() > 3) {
      throw call.wrongArity();
    }
    if (call.count() == 3) {
      String message =
          "ERR ACL GENPASS argument must be the number of bits for the output password, a positive"
              + " number up to 4096";
      if (!Numbers.isLong(call.arg(2))) {
        throw ErrorReply.notInteger();
      }
      bits = Numbers.parse(call.arg(2), 1, 4096, message);
    }
    byte[] bytes = new byte[(int) (bits + 7) / 8];
    RANDOM.nextBytes(bytes);
    call.reply().bulk(HexFormat.of().formatHex(bytes).substring(0, (int) (bits + 3) / 4));
  }

  private void getUser(Call call) {
    Acl.User user = server.acl().user(call.text(2));
    Reply reply = call.reply();
    if (user == null) {
      reply.nilArray();
      return;
    }
    reply.map(6);
    reply.bulk("flags");
    List<String> flags = user.flagWords();
    reply.set(flags.size());
    flags.forEach(reply::bulk);
    reply.bulk("passwords");
    reply.array(user.passwords.size());
    user.passwords.forEach(reply::bulk);
    selector(reply, user.own());
    reply.bulk("selectors");
    reply.array(user.selectors.size() - 1L);
    for (Acl.Selector selector : user.selectors.subList(1, user.selectors.size())) {
      reply.map(3);
      selector(reply, selector);
    }
  }

  private static void selector(Reply reply, Acl.Selector selector) {
    reply.bulk("commands");
    reply.bulk(selector.commandRules());
    reply.bulk("keys");
    reply.bulk(selector.keyRules());
    reply.bulk("channels");
    reply.bulk(selector.channelRules());
  }

  private void list(Call call) {
    Reply reply = call.reply();
    reply.array(server.acl().users().size());
    for (Acl.User user : server.acl().users().values()) {
      reply.bulk("user " + user.name() + " " + user.describe());
    }
  }

  private void users(Call call) {
    call.reply().array(server.acl().users().size());
    server.acl().users().keySet().forEach(call.reply()::bulk);
  }

  private void setUser(Call call) {
    //> phase 5: what if the third of five rules makes no sense?
    String name = call.text(2);
    if (name.chars().anyMatch(c -> c == 0 || c <= ' ')) {
      throw ErrorReply.err("Usernames can't contain spaces or null characters");
    }
    var rules = new ArrayList<String>();
    for (int i = 3; i < call.count(); i++) {
      rules.add(new String(call.arg(i), ISO_8859_1));
    }
    Acl.User there = server.acl().user(name);
    Acl.User changed = there == null ? server.acl().fresh(name) : there.copy();
    for (String rule : joined(rules)) {
      try {
        changed.apply(rule);
      } catch (IllegalArgumentException e) {
        throw ErrorReply.err("Error in ACL SETUSER modifier '" + rule + "': " + e.getMessage());
      }
    }
    if (there == null) {
      server.acl().users().put(name, changed);
    } else {
      there.take(changed);
      endSubscribersWithoutRights(there, call.client());
    }
    call.reply().ok();
    //< phase 5
  }

  private void endSubscribersWithoutRights(Acl.User user, Client by) {
    for (Client client : new ArrayList<>(server.clients())) {
      if (client.user == user && client != by && listensBeyond(client, user)) {
        server.close(client);
      }
    }
  }

  private static boolean listensBeyond(Client client, Acl.User user) {
    PubSub.Subscriptions all = client.subscriptions;
    return all.channels.stream().anyMatch(c -> !user.allowsChannel(c.bytes(), false))
        || all.shards.stream().anyMatch(c -> !user.allowsChannel(c.bytes(), false))
        || all.patterns.stream().anyMatch(c -> !user.allowsChannel(c.bytes(), true));
  }

  /** Words of a selector in parentheses are one rule. */
  static List<String> joined(List<String> words) {
    var rules = new ArrayList<String>();
    StringBuilder open = null;
    for (String word : words) {
      if (open != null) {
        open.append(' ').append(word);
        if (word.endsWith(")")) {
          rules.add(open.toString());
          open = null;
        }
      } else if (word.startsWith("(") && !word.endsWith(")")) {
        open = new StringBuilder(word);
      } else {
        rules.add(word);
      }
    }
    if (open != null) {
      String rest = open.toString();
      throw ErrorReply.err(
          "Unmatched parenthesis in acl selector starting at '" + rest.split(" ")[0] + "'.");
    }
    return rules;
  }

  private void log(Call call) {
    Acl acl = server.acl();
    if (call.count() == 3 && call.is(2, "RESET")) {
      acl.log().clear();
      call.reply().ok();
      return;
    }
    int count = 10;
    if (call.count() == 3) {
      count = (int) Math.max(0, Math.min(Integer.MAX_VALUE, call.integer(2)));
    } else if (call.count() > 3) {
      throw call.wrongArity();
    }
    List<Acl.LogEntry> shown = acl.log().subList(0, Math.min(count, acl.log().size()));
    call.reply().array(shown.size());
    for (Acl.LogEntry entry : shown) {
      Reply reply = call.reply();
      reply.map(7);
      reply.bulk("count");
      reply.integer(entry.count);
      reply.bulk("reason");
      reply.bulk(entry.reason);
      reply.bulk("context");
      reply.bulk(entry.context);
      reply.bulk("object");
      reply.bulk(entry.object);
      reply.bulk("username");
      reply.bulk(entry.username);
      reply.bulk("age-seconds");
      reply.real((call.nowMillis() - entry.lastMillis) / 1000.0);
      reply.bulk("client-info");
      reply.bulk(entry.clientInfo);
    }
  }

  // ---- the file

  private void load(Call call) {
    loadFile(server, file());
    call.reply().ok();
  }

  private Path file() {
    String name = server.config().get("aclfile");
    if (name.isEmpty()) {
      throw ErrorReply.err(
          "This Redis instance is not configured to use an ACL file. You may want to specify users"
              + " via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a"
              + " Redis configuration file set) in order to store users in the Redis"
              + " configuration.");
    }
    return server.inFolder(name);
  }

  /** Replaces the users by those of the file: all of them, or none if a line is wrong. */
  static void loadFile(Server server, Path path) {
    //> phase 5: all users of the file, or none?
    List<String> lines;
    try {
      lines = Files.readAllLines(path, ISO_8859_1);
    } catch (IOException e) {
      throw ErrorReply.err("Error loading ACLs, opening file '" + path + "': " + e.getMessage());
    }
    Map<String, Acl.User> users = new LinkedHashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty()) {
        continue;
      }
      try {
        userLine(server.acl(), line.split(" +"), users);
      } catch (IllegalArgumentException | ErrorReply e) {
        throw ErrorReply.err(
            path
                + ":"
                + (i + 1)
                + ": "
                + e.getMessage()
                + ". WARNING: ACL errors detected, no"
                + " change to the previously active ACL rules was performed");
      }
    }
    server.acl().replaceAll(users);
    for (Client client : new ArrayList<>(server.clients())) {
      if (client.user != server.acl().defaultUser()) { // what it may do has to be asked again
        client.closeWhenSent = true;
        server.flushLater(client);
      }
    }
    //< phase 5
  }

  /** A line {@code user NAME rules}. */
  static void userLine(Acl acl, String[] words, Map<String, Acl.User> into) {
    if (words.length < 2 || !words[0].equals("user")) {
      throw new IllegalArgumentException("line should start with user keyword");
    }
    if (into.containsKey(words[1])) {
      throw new IllegalArgumentException("Duplicate user '" + words[1] + "' found");
    }
    Acl.User user = acl.fresh(words[1]);
    for (String rule : joined(List.of(words).subList(2, words.length))) {
      user.apply(rule);
    }
    into.put(words[1], user);
  }

  private void save(Call call) {
    Path path = file();
    var text = new StringBuilder();
    for (Acl.User user : server.acl().users().values()) {
      text.append("user ").append(user.name()).append(' ').append(user.describe()).append('\n');
    }
    try {
      WholeFile.replace(path, text.toString().getBytes(ISO_8859_1));
    } catch (IOException e) {
      server.log().warn("Saving ACL file " + path + ": " + e);
      throw ErrorReply.err(
          "There was an error trying to save the ACLs. Please check the server logs for more"
              + " information");
    }
    call.reply().ok();
  }
}
