package systems.redis.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.redis.db.Database;
import systems.redis.db.ValueType;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Numbers;
import systems.redis.resp.Reply;
import systems.redis.types.Limits;

/**
 * One run of a command: its words, who sent it, where its reply goes, and what others have to hear
 * of it.
 *
 * <p>What was changed is counted by {@link #changed}: a call that changed something is propagated
 * to replicas and to the append-only file as it came, unless {@link #rewrite} says otherwise. What
 * depends on the time, on chance or on the other side's state must be rewritten: SPOP becomes SREM,
 * EX becomes PXAT.
 */
public final class Call {
  private final Server server;
  private final Client client;
  private final Command command;
  private final byte[][] args;
  private final Reply reply;

  private long changes;
  private byte @Nullable [][] rewritten;
  private boolean silent;
  private boolean forced;

  Call(Server server, Client client, Command command, byte[][] args) {
    this.server = server;
    this.client = client;
    this.command = command;
    this.args = args;
    reply = client.reply();
  }

  public Server server() {
    return server;
  }

  public Client client() {
    return client;
  }

  public Command command() {
    return command;
  }

  public Database db() {
    return client.db();
  }

  public Reply reply() {
    return reply;
  }

  public Limits limits() {
    return server.config().limits;
  }

  public long nowMillis() {
    return server.clock().millis();
  }

  // ---- words

  public int count() {
    return args.length;
  }

  public byte[][] args() {
    return args;
  }

  public byte[] arg(int index) {
    return args[index];
  }

  /** For options and names. */
  public String text(int index) {
    return new String(args[index], UTF_8);
  }

  /** Whether the word is this one, in any case. The word must be upper case letters. */
  public boolean is(int index, String word) {
    return is(args[index], word);
  }

  public static boolean is(byte[] arg, String word) {
    if (arg.length != word.length()) {
      return false;
    }
    for (int i = 0; i < arg.length; i++) {
      int b = arg[i];
      int upper = b >= 'a' && b <= 'z' ? b - 32 : b;
      if (upper != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  public long integer(int index) {
    return Numbers.parse(args[index]);
  }

  /** A number within the range of 32 bits. */
  public int int32(int index) {
    return (int)
        Numbers.parse(
            args[index],
            Integer.MIN_VALUE,
            Integer.MAX_VALUE,
            "ERR value is not an integer or out of range");
  }

  /** As {@code LIMIT} and {@code COUNT} of ranges are read. */
  public long positive(int index, String message) {
    return Numbers.parse(args[index], 1, Long.MAX_VALUE, message);
  }

  /** A syntax error. */
  public ErrorReply syntax() {
    return ErrorReply.syntax();
  }

  public ErrorReply wrongArity() {
    return new ErrorReply(arityText(command.name()));
  }

  static String arityText(String command) {
    return "ERR wrong number of arguments for '" + command + "' command";
  }

  public ErrorReply wrongArityOfSubcommand() {
    return wrongArityOfSubcommand(shown(args[1]));
  }

  ErrorReply wrongArityOfSubcommand(String name) {
    return ErrorReply.err(
        "unknown subcommand or wrong number of arguments for '"
            + name
            + "'. Try "
            + command.spec().name().split("\\|")[0].toUpperCase(java.util.Locale.ROOT)
            + " HELP.");
  }

  // ---- effects

  /** So many changes were made; 0 for none. */
  public void changed(long count) {
    changes += count;
  }

  long changes() {
    return changes;
  }

  /** Replicas and the file get these words instead. */
  public void rewrite(byte[]... words) {
    rewritten = words;
  }

  /** As {@link #rewrite}, in Latin-1. */
  public void rewrite(Object... words) {
    rewritten = words(words);
  }

  /** Byte strings, texts and numbers as words. */
  public static byte[][] words(Object... words) {
    byte[][] bytes = new byte[words.length][];
    for (int i = 0; i < words.length; i++) {
      bytes[i] = words[i] instanceof byte[] b ? b : words[i].toString().getBytes(ISO_8859_1);
    }
    return bytes;
  }

  byte[][] propagated() {
    return rewritten == null ? args : rewritten;
  }

  /** The command propagates by {@link #also} alone. */
  public void propagateNothing() {
    silent = true;
  }

  boolean isSilent() {
    return silent;
  }

  /** Propagates even without a change. */
  public void propagateAlways() {
    forced = true;
  }

  boolean isForced() {
    return forced;
  }

  /** Propagates a command beside this one. */
  public void also(Object... words) {
    server.propagator().add(db().index(), words(words));
  }

  /** Tells subscribers of keyspace events: a class as in {@code notify-keyspace-events}. */
  public void event(char kind, String event, byte[] key) {
    server.notifications().event(kind, event, key, db().index());
  }

  /** The key's value was changed: watchers, tracking. Counts one change. */
  public void touched(byte[] key) {
    db().changed(key);
    changes++;
  }

  /** Whether this came from the primary of this replica. */
  public boolean isFromPrimary() {
    return client.isMaster;
  }

  // ---- waiting

  /** The same call once more, for a client that has waited; see {@link #finishAgain}. */
  public Call again() {
    return new Call(server, client, command, args);
  }

  /** Runs other words in the place of this call, which replies and propagates as they do. */
  public void runAs(byte[][] words) {
    Command other = server.table().find(words[0]);
    assert other != null;
    var call = new Call(server, client, other, words);
    other.function().run(call);
    changes += call.changes;
    rewrite(words);
  }

  /** Counts what {@link #again} has changed; it propagates by {@link #also}. */
  public void finishAgain() {
    server.dirty(changes);
  }

  /**
   * Makes the client wait for one of the keys to get a value of the type, in the order of the
   * clients. In a transaction or a script nothing waits: then it is as if the time had run out.
   *
   * @param timeoutMillis 0 for ever
   */
  public void waitFor(
      ValueType type,
      List<byte[]> keys,
      long timeoutMillis,
      Runnable onTimeout,
      Server.Serve serve) {
    waitFor(type, keys, timeoutMillis, onTimeout, serve, false);
  }

  public void waitFor(
      ValueType type,
      List<byte[]> keys,
      long timeoutMillis,
      Runnable onTimeout,
      Server.Serve serve,
      boolean needsKey) {
    if (mustNotWait()) {
      onTimeout.run();
      return;
    }
    long deadline = timeoutMillis == 0 ? 0 : nowMillis() + timeoutMillis;
    var waiting = new Waiting(client, type, keys, serve::serve, onTimeout, deadline, command, args);
    waiting.needsKey = needsKey;
    server.blocked().block(waiting);
  }

  /** Whether this runs in a transaction, in a script or from a file. */
  public boolean mustNotWait() {
    return server.dispatcher().isInTransaction()
        || client.fromScript
        || client.fromFile
        || client.isMaster;
  }

  /** Reads a timeout in seconds, with fractions, as milliseconds. */
  public long timeoutMillis(int index) {
    double seconds =
        systems.redis.resp.Doubles.parse(args[index], "ERR timeout is not a float or out of range");
    if (seconds < 0) {
      throw ErrorReply.err("timeout is negative");
    }
    double millis = seconds * 1000;
    if (millis > Long.MAX_VALUE - nowMillis()) {
      throw ErrorReply.err("timeout is out of range");
    }
    return (long) Math.ceil(millis);
  }

  /** The commands that have subcommands and were sent an unknown one. */
  public ErrorReply unknownSubcommand() {
    return ErrorReply.err(
        "unknown subcommand '"
            + shown(args[1])
            + "'. Try "
            + command.name().toUpperCase(java.util.Locale.ROOT)
            + " HELP.");
  }

  static String shown(byte[] arg) {
    String text = new String(arg, ISO_8859_1);
    return text.length() > 128 ? text.substring(0, 128) : text;
  }
}
