package systems.redis.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.Numbers;
import systems.redis.server.CommandSpec.Begin;
import systems.redis.server.CommandSpec.Find;
import systems.redis.server.CommandSpec.KeySpec;

/** Which arguments of a command are keys, and what it does with them. */
public final class Keys {
  private static final List<String> READS = List.of("RO", "access");
  private static final List<String> WRITES = List.of("OW", "update");
  private static final List<String> CHANGES = List.of("RW", "access", "update");
  private static final List<String> SETS_AND_GETS =
      List.of("RW", "access", "update", "variable_flags");
  private static final List<String> MOVES = List.of("RW", "access", "delete");

  private Keys() {}

  /** An argument that is a key, and the flags of its group. */
  public record Key(int index, List<String> flags) {
    boolean reads() {
      return flags.contains("access"); //~ phase 5 readsAreFree: return false;
    }

    boolean writes() {
      return flags.contains("update") || flags.contains("insert") || flags.contains("delete");
    }

    boolean isChannel() {
      return flags.contains("not_key");
    }
  }

  /** The keys, in the order of the arguments; null if the command line makes no sense. */
  public static @Nullable List<Key> of(CommandSpec spec, byte[][] args) {
    var keys = new ArrayList<Key>();
    switch (spec.name()) {
      case "sort", "sort_ro" -> {
        sort(spec, args, keys);
        return keys;
      }
      case "set" -> {
        keys.add(new Key(1, has(args, 3, "get") ? SETS_AND_GETS : WRITES));
        return keys;
      }
      case "bitfield" -> {
        keys.add(new Key(1, writes(args) ? CHANGES : READS));
        return keys;
      }
      case "migrate" -> {
        migrate(args, keys);
        return keys;
      }
      case "georadius", "georadiusbymember" -> {
        radius(args, keys);
        return keys;
      }
      default -> {}
    }
    for (KeySpec key : spec.keys) {
      if (!add(key, args, keys)) {
        return null;
      }
    }
    return keys;
  }

  private static boolean has(byte[][] args, int from, String word) {
    for (int i = from; i < args.length; i++) {
      if (is(args[i], word)) {
        return true;
      }
    }
    return false;
  }

  private static boolean writes(byte[][] args) {
    return has(args, 2, "set") || has(args, 2, "incrby");
  }

  private static void sort(CommandSpec spec, byte[][] args, List<Key> keys) {
    keys.add(new Key(1, READS));
    if (spec.name().equals("sort_ro")) {
      return;
    }
    Key store = null;
    for (int i = 2; i < args.length; i++) {
      if (is(args[i], "limit")) {
        i += 2;
      } else if (is(args[i], "get") || is(args[i], "by")) {
        i++;
      } else if (is(args[i], "store") && i + 1 < args.length) {
        store = new Key(i + 1, WRITES);
        i++;
      }
    }
    if (store != null) {
      keys.add(store);
    }
  }

  private static void radius(byte[][] args, List<Key> keys) {
    keys.add(new Key(1, READS));
    for (int i = 5; i < args.length - 1; i++) {
      if (is(args[i], "store") || is(args[i], "storedist")) {
        keys.add(new Key(i + 1, WRITES));
        return;
      }
    }
  }

  /** The third word, or, where that is empty, all behind KEYS; a password may be KEYS as well. */
  private static void migrate(byte[][] args, List<Key> keys) {
    int first = 3;
    int end = 4;
    for (int i = 6; i < args.length && args[3].length == 0; i++) {
      if (is(args[i], "auth")) {
        i++;
      } else if (is(args[i], "auth2")) {
        i += 2;
      } else if (is(args[i], "keys")) {
        first = i + 1;
        end = args.length;
        break;
      }
    }
    for (int i = first; i < end; i++) {
      keys.add(new Key(i, MOVES));
    }
  }

  static boolean is(byte[] arg, String word) {
    return arg.length == word.length()
        && new String(arg, ISO_8859_1).toLowerCase(Locale.ROOT).equals(word);
  }

  private static boolean add(KeySpec spec, byte[][] args, List<Key> keys) {
    int first =
        switch (spec.begin()) {
          case Begin.Index index -> index.index();
          case Begin.Keyword keyword -> behind(keyword, args);
          case Begin.Unknown _ -> -1;
        };
    if (first < 0 || first >= args.length) {
      return first < 0; // a word that is not there, or nothing known
    }
    return switch (spec.find()) {
      case Find.Range range -> addRange(spec, range, first, args, keys);
      case Find.Number number -> addNumbered(spec, number, first, args, keys);
      case Find.Unknown _ -> true;
    };
  }

  private static int behind(Begin.Keyword keyword, byte[][] args) {
    String word = keyword.word().toLowerCase(Locale.ROOT);
    boolean forward = keyword.from() > 0;
    int from = forward ? keyword.from() : args.length + keyword.from();
    for (int i = from; i > 0 && i < args.length - 1; i += forward ? 1 : -1) {
      if (is(args[i], word)) {
        return i + 1;
      }
    }
    return -1;
  }

  private static boolean addRange(
      KeySpec spec, Find.Range range, int first, byte[][] args, List<Key> keys) {
    //> phase 3: where does the range end: counted from the left, from the right, by a share?
    int last = first + range.last();
    if (range.last() < 0) {
      last = args.length + range.last(); //~ stopsEarly: last = args.length - 2;
      if (range.limit() > 1) {
        last = first + (args.length - first) / range.limit() + range.last();
      }
    }
    if (last >= args.length) {
      return false;
    }
    for (int i = first; i <= last; i += range.step()) {
      keys.add(new Key(i, spec.flags()));
    }
    return true;
    //< phase 3
  }

  private static boolean addNumbered(
      KeySpec spec, Find.Number number, int first, byte[][] args, List<Key> keys) {
    //> phase 3: the number of keys stands in the command; what if it lies?
    int at = first + number.at();
    if (at >= args.length || !Numbers.isLong(args[at])) {
      return false;
    }
    long count = Numbers.toLong(args[at]);
    int from = first + number.first();
    if (count < 0 || from + (count - 1) * number.step() >= args.length) {
      return false;
    }
    for (int i = 0; i < count; i++) {
      keys.add(new Key(from + i * number.step(), spec.flags()));
    }
    return true;
    //< phase 3
  }
}
