package systems.redis.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.jspecify.annotations.Nullable;

/** Keyspace events as messages: {@code notify-keyspace-events}. */
public final class Notifications {
  private static final String ALL = "g$lshzxetd";
  private static final String KNOWN = "KEg$lshzxetdmn";

  private final Server server;
  private String classes = "";

  Notifications(Server server) {
    this.server = server;
  }

  /** The classes of a setting's text, with A spelled out; null if a letter is unknown. */
  static @Nullable String parse(String text) {
    var set = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 'A') {
        ALL.chars().forEach(a -> set.append((char) a));
      } else if (KNOWN.indexOf(c) >= 0) {
        set.append(c);
      } else {
        return null;
      }
    }
    return set.toString();
  }

  /** The shortest text for a set of classes. */
  static String format(String set) {
    var text = new StringBuilder();
    if (ALL.chars().allMatch(c -> set.indexOf(c) >= 0)) {
      text.append('A');
    } else {
      ALL.chars().filter(c -> set.indexOf(c) >= 0).forEach(c -> text.append((char) c));
    }
    "KEmn".chars().filter(c -> set.indexOf(c) >= 0).forEach(c -> text.append((char) c));
    return text.toString();
  }

  void classes(String set) {
    classes = set;
  }

  /** Tells that something happened to a key. */
  public void event(char kind, String event, byte[] key, int db) {
    if (classes.isEmpty()) {
      return;
    }
    //> phase 3: which of the two channels carries the key, and which one what happened?
    if (classes.indexOf(kind) < 0) { //~ tellsAll: if (classes.isBlank()) {
      return;
    }
    byte[] name = event.getBytes(ISO_8859_1);
    if (classes.indexOf('K') >= 0) {
      server.pubSub().publish(channel("__keyspace@" + db + "__:", key), name);
    }
    if (classes.indexOf('E') >= 0) {
      server.pubSub().publish(channel("__keyevent@" + db + "__:", name), key);
    }
    //< phase 3
  }

  private static byte[] channel(String prefix, byte[] rest) {
    byte[] bytes = prefix.getBytes(ISO_8859_1);
    byte[] all = java.util.Arrays.copyOf(bytes, bytes.length + rest.length);
    System.arraycopy(rest, 0, all, bytes.length, rest.length);
    return all;
  }
}
