package systems.redis.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.ErrorReply;

/**
 * Users and what they may do.
 *
 * <pre>
 *   user     on|off, passwords (SHA-256), selectors: the first one is the user's own
 *   selector commands  +@all -@dangerous +config|get      last rule wins
 *            keys      ~app:*  %R~shared:*                read, write or both
 *            channels  &amp;news.*
 * </pre>
 *
 * <p>A command is allowed if one selector alone allows all of it: the command, each of its keys in
 * the way in which the command uses it, and each of its channels. Rights of two selectors are never
 * added up.
 *
 * <p>Commands are a bit each, so that the check of a user who may do everything costs a look at one
 * bit. The rules are kept as words too, since ACL LIST and ACL SAVE say them again.
 */
public final class Acl {
  static final List<String> CATEGORIES =
      List.of(
          "keyspace",
          "read",
          "write",
          "set",
          "sortedset",
          "list",
          "hash",
          "string",
          "bitmap",
          "hyperloglog",
          "geo",
          "stream",
          "pubsub",
          "admin",
          "fast",
          "slow",
          "blocking",
          "dangerous",
          "connection",
          "transaction",
          "scripting");

  /** Why a command is refused. */
  enum Denial {
    COMMAND("command"),
    KEY("key"),
    CHANNEL("channel"),
    AUTH("auth");

    final String text;

    Denial(String text) {
      this.text = text;
    }
  }

  /** A refusal, the word that caused it, and where that stands. */
  record Refused(Denial denial, String object, int index) {
    ErrorReply reply(Command command) {
      return new ErrorReply(
          switch (denial) {
            case COMMAND, AUTH ->
                "NOPERM this user has no permissions to run the '" + command.name() + "' command";
            case KEY ->
                "NOPERM this user has no permissions to access one of the keys used as arguments";
            case CHANNEL ->
                "NOPERM this user has no permissions to access one of the channels used as"
                    + " arguments";
          });
    }
  }

  private static final byte[] ALL = {'*'};

  private record KeyPattern(byte[] pattern, boolean reads, boolean writes) {
    String text() {
      String glob = new String(pattern, ISO_8859_1);
      return reads && writes ? "~" + glob : reads ? "%R~" + glob : "%W~" + glob;
    }

    boolean allows(byte[] key, boolean read, boolean write) {
      return (!read || reads) && (!write || writes) && Glob.matches(pattern, key);
    }
  }

  /** One set of rights. */
  static final class Selector {
    private final CommandTable table;
    private boolean allCommands; // new commands would be allowed as well
    private BitSet allowed = new BitSet();
    private Map<Integer, LinkedHashSet<String>> firstArgs = new TreeMap<>();
    private List<String> rules = new ArrayList<>();
    private boolean allKeys;
    private List<KeyPattern> keys = new ArrayList<>();
    private boolean allChannels;
    private List<byte[]> channels = new ArrayList<>();
    private boolean addedFirstArgument; // by the last rule that was set

    Selector(CommandTable table, boolean allChannels) {
      this.table = table;
      this.allChannels = allChannels;
    }

    Selector copy() {
      var copy = new Selector(table, allChannels);
      copy.allCommands = allCommands;
      copy.allowed = (BitSet) allowed.clone();
      firstArgs.forEach((id, words) -> copy.firstArgs.put(id, new LinkedHashSet<>(words)));
      copy.rules = new ArrayList<>(rules);
      copy.allKeys = allKeys;
      copy.keys = new ArrayList<>(keys);
      copy.channels = new ArrayList<>(channels);
      return copy;
    }

    // ---- rules

    void apply(String op) {
      String lower = op.toLowerCase(Locale.ROOT);
      switch (lower) {
        case "allkeys", "~*" -> {
          allKeys = true;
          keys.clear();
        }
        case "resetkeys" -> {
          allKeys = false;
          keys.clear();
        }
        case "allchannels", "&*" -> {
          allChannels = true;
          channels.clear();
        }
        case "resetchannels" -> {
          allChannels = false;
          channels.clear();
        }
        case "allcommands", "+@all" -> all(true);
        case "nocommands", "-@all" -> all(false);
        default -> pattern(op, lower);
      }
    }

    private void all(boolean allow) {
      allCommands = allow;
      firstArgs.clear();
      rules.clear();
      allowed.clear();
      if (allow) {
        allowed.set(0, table.idCount());
      }
    }

    private void pattern(String op, String lower) {
      if (op.isEmpty()) {
        throw new IllegalArgumentException("Syntax error");
      }
      switch (op.charAt(0)) {
        case '~', '%' -> keyPattern(op);
        case '&' -> channelPattern(op.substring(1));
        case '+' -> command(lower.substring(1), true);
        case '-' -> command(lower.substring(1), false);
        default -> throw new IllegalArgumentException("Syntax error");
      }
    }

    private void keyPattern(String op) {
      //> phase 5: read, write or both; and what if the pattern is there already?
      if (allKeys) {
        throw new IllegalArgumentException(
            "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does"
                + " not have any effect. Try 'resetkeys' to start with an empty list of patterns");
      }
      boolean reads = true;
      boolean writes = true;
      int tilde = 0;
      if (op.charAt(0) == '%') {
        reads = false;
        writes = false;
        tilde = 1;
        for (; tilde < op.length() && op.charAt(tilde) != '~'; tilde++) {
          char right = Character.toUpperCase(op.charAt(tilde));
          boolean again = right == 'R' && reads || right == 'W' && writes;
          if (right != 'R' && right != 'W' || again) {
            throw new IllegalArgumentException("Syntax error");
          }
          reads |= right == 'R';
          writes |= right == 'W';
        }
        if (tilde == op.length() || tilde == 1) {
          throw new IllegalArgumentException("Syntax error");
        }
      }
      String glob = op.substring(tilde + 1);
      if (containsBadByte(glob)) {
        throw new IllegalArgumentException("Syntax error");
      }
      var pattern = new KeyPattern(glob.getBytes(ISO_8859_1), reads, writes);
      for (KeyPattern old : keys) {
        if (new String(old.pattern, ISO_8859_1).equals(glob)) {
          keys.remove(old);
          pattern = new KeyPattern(old.pattern, old.reads || reads, old.writes || writes);
          break;
        }
      }
      keys.add(pattern);
      //< phase 5
    }

    private static boolean containsBadByte(String text) {
      return text.chars().anyMatch(c -> c == 0 || c == ' ' || c >= 9 && c <= 13);
    }

    private void channelPattern(String glob) {
      //> phase 5: what does a pattern add to all channels?
      if (allChannels) {
        throw new IllegalArgumentException(
            "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and"
                + " does not have any effect. Try 'resetchannels' to start with an empty list of"
                + " channels");
      }
      if (containsBadByte(glob)) {
        throw new IllegalArgumentException("Syntax error");
      }
      byte[] bytes = glob.getBytes(ISO_8859_1);
      channels.removeIf(old -> Arrays.equals(old, bytes));
      channels.add(bytes);
      //< phase 5
    }

    private void command(String rule, boolean allow) {
      //> phase 5: a category, a command, a subcommand, or a first argument?
      if (rule.startsWith("@")) {
        category(rule.substring(1), allow);
        return;
      }
      int bar = rule.indexOf('|');
      Command top = table.named(bar < 0 ? rule : rule.substring(0, bar));
      if (top == null) {
        throw new IllegalArgumentException("Unknown command or category name in ACL");
      }
      String sub = bar < 0 ? "" : rule.substring(bar + 1);
      if (sub.indexOf('|') >= 0) {
        throw new IllegalArgumentException(
            top.isContainer()
                ? "Allowing first-arg of a subcommand is not supported"
                : "Unknown command or category name in ACL");
      }
      if (bar < 0) {
        setAll(top, allow);
        note(rule, allow, true);
        return;
      }
      Command inside = top.subcommands.get(sub);
      if (inside != null) {
        allowed.set(inside.id(), allow); //~ subcommandsStay: allowed.set(inside.id(), true);
        note(rule, allow, false);
        return;
      }
      firstArgument(rule, allow, top, sub);
      //< phase 5
    }

    private void firstArgument(String rule, boolean allow, Command top, String word) {
      if (top.isContainer()) {
        throw new IllegalArgumentException("Unknown command or category name in ACL");
      }
      if (!allow) {
        throw new IllegalArgumentException("Unknown command or category name in ACL");
      }
      if (word.isEmpty()) {
        throw new IllegalArgumentException("Syntax error");
      }
      if (allowed.get(top.id())) {
        throw new IllegalArgumentException(
            "Allowing first-arg of a command that is already allowed has no effect");
      }
      firstArgs.computeIfAbsent(top.id(), _ -> new LinkedHashSet<>()).add(word);
      note(rule, true, false);
    }

    private void setAll(Command command, boolean allow) {
      allowed.set(command.id(), allow);
      firstArgs.remove(command.id());
      for (Command sub : command.subcommands.values()) {
        allowed.set(sub.id(), allow);
      }
    }

    private void category(String name, boolean allow) {
      if (name.equals("all")) {
        all(allow);
        return;
      }
      if (!CATEGORIES.contains(name)) {
        throw new IllegalArgumentException("Unknown command or category name in ACL");
      }
      setCategory(name, allow);
      note("@" + name, allow, false);
    }

    private void setCategory(String name, boolean allow) {
      //> phase 5: which commands are of it, and which subcommands?
      addedFirstArgument = false;
      for (Command command : table.all()) {
        if (command.spec().categories.contains(name)) {
          allowed.set(command.id(), allow);
          firstArgs.remove(command.id());
        }
        for (Command sub : command.subcommands.values()) {
          if (sub.spec().categories.contains(name)) {
            allowed.set(sub.id(), allow);
          }
        }
      }
      //< phase 5
    }

    /** Keeps the rule as words; one that it replaces goes. */
    private void note(String rule, boolean allow, boolean withSubcommands) {
      rules.removeIf(old -> {
        String word = old.substring(1);
        return word.equals(rule) || withSubcommands && word.startsWith(rule + "|");
      });
      String word = (allow ? "+" : "-") + rule;
      if (!isRedundant(word)) {
        rules.add(word);
      }
    }

    /** Whether the rules that are there allow the same without this one. */
    private boolean isRedundant(String word) {
      var replayed = new Selector(table, false);
      replayed.all(allCommands);
      for (String rule : rules) {
        replayed.set(rule);
      }
      var before = (BitSet) replayed.allowed.clone();
      replayed.set(word);
      return !replayed.addedFirstArgument && before.equals(replayed.allowed);
    }

    /** What a rule that was accepted does to the bits. */
    private void set(String word) {
      boolean allow = word.charAt(0) == '+';
      String rule = word.substring(1);
      if (rule.startsWith("@")) {
        setCategory(rule.substring(1), allow);
        return;
      }
      int bar = rule.indexOf('|');
      Command top = table.named(bar < 0 ? rule : rule.substring(0, bar));
      Command inside = top == null || bar < 0 ? top : top.subcommands.get(rule.substring(bar + 1));
      addedFirstArgument = inside == null;
      if (inside != null) {
        setAll(inside, allow);
      }
    }

    // ---- checks

    boolean allowsCommand(Command command, byte[][] args) {
      //> phase 5: what may everybody, and when does a first argument decide?
      if (allowed.get(command.id()) || command.has(Flag.NO_AUTH)) {
        return true;
      }
      LinkedHashSet<String> words = firstArgs.get(command.id());
      return words != null
          && args.length > 1
          && words.contains(new String(args[1], ISO_8859_1).toLowerCase(Locale.ROOT));
      //< phase 5
    }

    boolean allowsKey(byte[] key, boolean read, boolean write) {
      if (allKeys) {
        return true;
      }
      for (KeyPattern pattern : keys) {
        if (pattern.allows(key, read, write)) {
          return true;
        }
      }
      return false;
    }

    boolean allowsChannel(byte[] channel, boolean isPattern) {
      //> phase 5: does a pattern match a pattern?
      if (allChannels) {
        return true;
      }
      for (byte[] pattern : channels) {
        if (isPattern ? Arrays.equals(pattern, channel) : Glob.matches(pattern, channel)) {
          return true;
        }
      }
      return false;
      //< phase 5
    }

    boolean readsAllKeys() {
      return allKeys || keys.stream().anyMatch(key -> key.reads && Arrays.equals(key.pattern, ALL));
    }

    // ---- words

    String commandRules() {
      String base = allCommands ? "+@all" : "-@all";
      return rules.isEmpty() ? base : base + " " + String.join(" ", rules);
    }

    String keyRules() {
      if (allKeys) {
        return "~*";
      }
      return String.join(" ", keys.stream().map(KeyPattern::text).toList());
    }

    String channelRules() {
      if (allChannels) {
        return "&*";
      }
      return String.join(" ", channels.stream().map(c -> "&" + new String(c, ISO_8859_1)).toList());
    }

    List<byte[]> channelPatterns() {
      return channels;
    }

    boolean allowsAllChannels() {
      return allChannels;
    }

    String describe() {
      var words = new ArrayList<String>();
      String keyWords = keyRules();
      if (!keyWords.isEmpty()) {
        words.add(keyWords);
      }
      if (allChannels) {
        words.add("&*");
      } else {
        words.add("resetchannels");
        if (!channels.isEmpty()) {
          words.add(channelRules());
        }
      }
      words.add(commandRules());
      return String.join(" ", words);
    }
  }

  /** Somebody who may log in. */
  static final class User {
    private final Acl acl;
    private final String name;
    boolean on;
    boolean noPassword;
    @Nullable Boolean skipSanitize; // null: nobody has said
    LinkedHashSet<String> passwords = new LinkedHashSet<>(); // SHA-256, hexadecimal
    List<Selector> selectors = new ArrayList<>();

    User(Acl acl, String name) {
      this.acl = acl;
      this.name = name;
      selectors.add(acl.freshSelector());
    }

    String name() {
      return name;
    }

    User copy() {
      var copy = new User(acl, name);
      copy.take(this);
      return copy;
    }

    void take(User other) {
      on = other.on;
      noPassword = other.noPassword;
      skipSanitize = other.skipSanitize;
      passwords = new LinkedHashSet<>(other.passwords);
      selectors = new ArrayList<>(other.selectors.stream().map(Selector::copy).toList());
    }

    Selector own() {
      return selectors.getFirst();
    }

    /** Applies one rule; an {@link IllegalArgumentException} says what is wrong with it. */
    void apply(String op) {
      switch (op.toLowerCase(Locale.ROOT)) {
        case "on" -> on = true;
        case "off" -> on = false;
        case "nopass" -> {
          noPassword = true;
          passwords.clear();
        }
        case "resetpass" -> {
          noPassword = false;
          passwords.clear();
        }
        case "skip-sanitize-payload" -> skipSanitize = true;
        case "sanitize-payload" -> skipSanitize = false;
        case "clearselectors" -> selectors.subList(1, selectors.size()).clear();
        case "reset" -> {
          take(new User(acl, name));
          skipSanitize = false;
          own().apply("resetchannels");
          if (acl.allChannelsByDefault) {
            own().apply("allchannels");
          }
        }
        default -> passwordOrSelector(op);
      }
    }

    private void passwordOrSelector(String op) {
      char first = op.isEmpty() ? ' ' : op.charAt(0);
      if (">#<!(".indexOf(first) < 0) {
        own().apply(op);
        return;
      }
      //> phase 5: a password or its hash, to add or to take away, or a selector?
      switch (first) {
        case '>' -> {
          passwords.add(sha256(op.substring(1)));
          noPassword = false;
        }
        case '#' -> {
          checkHash(op.substring(1));
          passwords.add(op.substring(1));
          noPassword = false;
        }
        case '<' -> removePassword(sha256(op.substring(1)));
        case '!' -> {
          checkHash(op.substring(1));
          removePassword(op.substring(1));
        }
        default -> selector(op);
      }
      //< phase 5
    }

    private static void checkHash(String hex) {
      if (!hex.matches("[0-9a-f]{64}")) {
        throw new IllegalArgumentException(
            "The password hash must be exactly 64 characters and contain only lowercase"
                + " hexadecimal characters");
      }
    }

    private void removePassword(String hash) {
      if (!passwords.remove(hash)) {
        throw new IllegalArgumentException(
            "The password you are trying to remove from the user does not exist");
      }
    }

    private void selector(String op) {
      //> phase 5: what is a selector made of?
      if (!op.endsWith(")")) {
        throw new IllegalArgumentException("Unmatched parenthesis in acl selector");
      }
      var selector = new Selector(acl.table, acl.allChannelsByDefault);
      for (String rule : op.substring(1, op.length() - 1).trim().split(" +")) {
        if (!rule.isEmpty()) {
          selector.apply(rule);
        }
      }
      selectors.add(selector);
      //< phase 5
    }

    boolean hasPassword(byte[] password) {
      return noPassword || passwords.contains(sha256(new String(password, ISO_8859_1)));
    }

    /** Null, or why the command is refused. */
    @Nullable Refused check(Command command, byte[][] args) {
      if (selectors.size() == 1
          && own().allCommands
          && own().rules.isEmpty()
          && own().allKeys
          && own().allChannels) {
        return null;
      }
      //> phase 5: one selector must allow all of it; which refusal says most?
      List<Keys.Key> keys =
          command.spec().keys.isEmpty() ? List.of() : Keys.of(command.spec(), args);
      Refused worst = null;
      for (Selector selector : selectors) {
        Refused refused = checkWith(selector, command, args, keys == null ? List.of() : keys);
        if (refused == null) {
          return null;
        }
        int worse = worst == null ? 1 : refused.denial.compareTo(worst.denial);
        if (worst == null || worse > 0 || worse == 0 && refused.index > worst.index) {
          worst = refused;
        }
      }
      return worst;
      //< phase 5
    }

    private static @Nullable Refused checkWith(
        Selector selector, Command command, byte[][] args, List<Keys.Key> keys) {
      //> phase 5: the command, each key in the way in which it is used, each channel
      if (!selector.allowsCommand(command, args)) {
        return new Refused(Denial.COMMAND, command.name(), 0);
      }
      for (Keys.Key key : keys) {
        if (key.isChannel()) {
          continue;
        }
        if (!selector.allowsKey(args[key.index()], key.reads(), key.writes())) {
          return new Refused(Denial.KEY, new String(args[key.index()], ISO_8859_1), key.index());
        }
      }
      return checkChannels(selector, command, args);
      //< phase 5
    }

    private static @Nullable Refused checkChannels(
        Selector selector, Command command, byte[][] args) {
      int from = 1;
      int to = args.length;
      boolean pattern = false;
      switch (command.name()) {
        case "publish", "spublish" -> to = 2;
        case "subscribe", "ssubscribe" -> {}
        case "psubscribe" -> pattern = true; //~ phase 5 patternsLikeNames: case "psubscribe" -> {}
        default -> {
          return null;
        }
      }
      for (int i = from; i < to; i++) {
        if (!selector.allowsChannel(args[i], pattern)) {
          return new Refused(Denial.CHANNEL, new String(args[i], ISO_8859_1), i);
        }
      }
      return null;
    }

    boolean allowsKey(byte[] key, boolean read, boolean write) {
      return selectors.stream().anyMatch(s -> s.allowsKey(key, read, write));
    }

    boolean allowsChannel(byte[] channel, boolean pattern) {
      return selectors.stream().anyMatch(s -> s.allowsChannel(channel, pattern));
    }

    /** Whether each key there is may be read, as SORT BY needs. */
    boolean readsAllKeys() {
      return selectors.stream().anyMatch(Selector::readsAllKeys);
    }

    List<String> flagWords() {
      var flags = new ArrayList<String>();
      flags.add(on ? "on" : "off");
      if (noPassword) {
        flags.add("nopass");
      }
      if (skipSanitize != null) {
        flags.add(skipSanitize ? "skip-sanitize-payload" : "sanitize-payload");
      }
      return flags;
    }

    String describe() {
      var words = new ArrayList<String>(flagWords());
      passwords.forEach(hash -> words.add("#" + hash));
      for (int i = 0; i < selectors.size(); i++) {
        String text = selectors.get(i).describe();
        words.add(i == 0 ? text : "(" + text + ")");
      }
      return String.join(" ", words);
    }
  }

  /** A line of ACL LOG. */
  static final class LogEntry {
    long count = 1;
    final String reason;
    final String context;
    final String object;
    final String username;
    long createdMillis;
    long lastMillis;
    String clientInfo = "";
    final long entryId;

    LogEntry(
        String reason, String context, String object, String username, long now, long entryId) {
      this.reason = reason;
      this.context = context;
      this.object = object;
      this.username = username;
      createdMillis = now;
      lastMillis = now;
      this.entryId = entryId;
    }
  }

  private static final long SAME_ENTRY_MILLIS = 60_000;

  private final CommandTable table;
  private final Map<String, User> users = new TreeMap<>();
  private final List<LogEntry> log = new ArrayList<>();
  private long logIds;
  boolean allChannelsByDefault;
  int logEntriesMax = 128;

  Acl(CommandTable table) {
    this.table = table;
    reset();
  }

  private Selector freshSelector() {
    return new Selector(table, allChannelsByDefault);
  }

  /** Only the default user, who may do everything. */
  void reset() {
    users.clear();
    users.put("default", freshDefault());
  }

  private User freshDefault() {
    var user = new User(this, "default");
    for (String rule : List.of("on", "nopass", "+@all", "~*", "allchannels")) {
      user.apply(rule);
    }
    return user;
  }

  User defaultUser() {
    User user = users.get("default");
    assert user != null;
    return user;
  }

  @Nullable User user(String name) {
    return users.get(name);
  }

  Map<String, User> users() {
    return users;
  }

  User fresh(String name) {
    return new User(this, name);
  }

  /** Replaces all users, but keeps the object of each one that stays, since clients hold it. */
  void replaceAll(Map<String, User> loaded) {
    User defaultUser = defaultUser();
    User loadedDefault = loaded.get("default");
    users.keySet().removeIf(name -> !loaded.containsKey(name) && !name.equals("default"));
    loaded.forEach((name, user) -> {
      User there = users.get(name);
      if (there == null) {
        users.put(name, user);
      } else {
        there.take(user);
      }
    });
    if (loadedDefault == null) {
      defaultUser.take(freshDefault());
    }
  }

  /** {@code requirepass}. */
  void requirePass(String password) {
    User user = defaultUser();
    user.passwords.clear();
    if (password.isEmpty()) {
      user.apply("nopass");
    } else {
      user.apply(">" + password);
    }
  }

  static String sha256(String password) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(password.getBytes(ISO_8859_1));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("each Java has SHA-256", e);
    }
  }

  List<LogEntry> log() {
    return log;
  }

  void note(String reason, String context, String object, String username, String info, long now) {
    //> phase 5: what if the same has just happened?
    for (LogEntry entry : log) {
      if (entry.reason.equals(reason)
          && entry.context.equals(context)
          && entry.object.equals(object)
          && entry.username.equals(username)
          && now - entry.lastMillis < SAME_ENTRY_MILLIS) {
        entry.count++; //~ logsOnce: assert entry.count > 0;
        entry.lastMillis = now;
        entry.clientInfo = info;
        log.remove(entry);
        log.addFirst(entry);
        return;
      }
    }
    var entry = new LogEntry(reason, context, object, username, now, logIds++);
    entry.clientInfo = info;
    log.addFirst(entry);
    trimLog();
    //< phase 5
  }

  void trimLog() {
    while (log.size() > logEntriesMax) {
      log.removeLast();
    }
  }
}
