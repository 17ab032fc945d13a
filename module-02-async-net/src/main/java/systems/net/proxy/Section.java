package systems.net.proxy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * A mapping of a YAML file, read key by key, that knows its lines and what nobody asked for.
 *
 * <pre>
 *   routes:                     Section "routes[0]"
 *     - host: example.org         text("host")
 *       timeout: 10 seconds       nanos("timeout")  -> line 3: routes[0].timeout: "10 seconds" is
 *       retrys: 2                                      no duration; write a number and a unit ...
 *                                 end()             -> line 4: routes[0] has no "retrys"; did you
 *                                                      mean "retries"?
 * </pre>
 *
 * <p>The file is composed into nodes and no further: YAML's types would make a number of a version
 * and a truth of a country, and nodes still have their lines. Aliases, nesting and length are
 * bounded, so that a small file cannot become a large one.
 */
final class Section {
  private static final int CODE_POINTS_MAX = 1 << 20;
  private static final int ALIASES_MAX = 50;
  private static final int DEPTH_MAX = 20;

  /** Names that differ in more letters are no slip of the pen. */
  private static final int SLIP_LETTERS_MAX = 2;

  private final String path;
  private final int line;
  private final Map<String, Node> values = new LinkedHashMap<>();
  private final Map<String, Integer> keyLines = new LinkedHashMap<>();
  private final List<String> known = new ArrayList<>();

  private Section(String path, Node node) throws ConfigException {
    this.path = path;
    this.line = lineOf(node);
    if (!(node instanceof MappingNode mapping)) {
      throw new ConfigException(
          line, (path.isEmpty() ? "the file" : path) + " has to be a mapping: write key: value");
    }
    for (NodeTuple pair : mapping.getValue()) {
      take(pair);
    }
  }

  private void take(NodeTuple pair) throws ConfigException {
    if (!(pair.getKeyNode() instanceof ScalarNode key)) {
      throw new ConfigException(lineOf(pair.getKeyNode()), "a key has to be a word");
    }
    if (values.put(key.getValue(), pair.getValueNode()) != null) {
      throw new ConfigException(
          lineOf(key), at(key.getValue()) + " is there twice; take one of them away");
    }
    keyLines.put(key.getValue(), lineOf(key));
  }

  /** Reads a whole text. */
  static Section parse(String yaml) throws ConfigException {
    var settings =
        LoadSettings.builder()
            .setCodePointLimit(CODE_POINTS_MAX)
            .setMaxAliasesForCollections(ALIASES_MAX)
            .setAllowRecursiveKeys(false)
            .build();
    try {
      checkDepth(settings, yaml);
      Node root =
          new Compose(settings)
              .composeString(yaml)
              .orElseThrow(() -> new YamlEngineException("there is nothing in it"));
      return new Section("", root);
    } catch (MarkedYamlEngineException wrong) {
      int line = wrong.getProblemMark().map(Mark::getLine).orElse(-1) + 1;
      throw new ConfigException(line, "this is no YAML: " + wrong.getProblem());
    } catch (YamlEngineException wrong) {
      throw new ConfigException("this is no YAML: " + wrong.getMessage(), wrong);
    }
  }

  /** Composing recurses, so its depth is counted before, by the parser, which does not. */
  private static void checkDepth(LoadSettings settings, String yaml) throws ConfigException {
    //> phase 7: how deep is deep enough, and what else would a stack overflow be?
    int depth = 0;
    for (Event event : new Parse(settings).parseString(yaml)) {
      switch (event.getEventId()) {
        case MappingStart, SequenceStart -> depth++;
        case MappingEnd, SequenceEnd -> depth--;
        default -> {}
      }
      if (depth > DEPTH_MAX) {
        int line = event.getStartMark().map(Mark::getLine).orElse(-1) + 1;
        throw new ConfigException(line, "this is nested more than " + DEPTH_MAX + " levels deep");
      }
    }
    //< phase 7
  }

  private static int lineOf(Node node) {
    return node.getStartMark().map(Mark::getLine).orElse(-1) + 1;
  }

  private String at(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  String path() {
    return path;
  }

  /** The line of this key, else the one at which the section begins. */
  int line(String key) {
    return values.containsKey(key) ? lineOf(values.get(key)) : line;
  }

  /** What is wrong with the value of this key, and what to write in its place. */
  ConfigException wrong(String key, String what) {
    return new ConfigException(line(key), at(key) + ": " + what);
  }

  boolean has(String key) {
    known.add(key);
    return values.containsKey(key);
  }

  /** The text of this key, or null. */
  @Nullable String textOrNull(String key) throws ConfigException {
    if (!has(key)) {
      return null;
    }
    if (values.get(key) instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    throw wrong(key, "has to be one value, not a list or a mapping");
  }

  String text(String key, String otherwise) throws ConfigException {
    String text = textOrNull(key);
    return text == null ? otherwise : text;
  }

  String text(String key) throws ConfigException {
    String text = textOrNull(key);
    if (text == null || text.isEmpty()) {
      throw new ConfigException(
          line,
          (path.isEmpty() ? "the file" : path) + " needs " + key + "; write " + key + ": ...");
    }
    return text;
  }

  long number(String key, long otherwise, long min, long max) throws ConfigException {
    String text = textOrNull(key);
    if (text == null) {
      return otherwise;
    }
    OptionalLong number = parse(text, max);
    if (number.isEmpty() || number.getAsLong() < min) {
      throw wrong(key, quoted(text) + " is no whole number from " + min + " to " + max);
    }
    return number.getAsLong();
  }

  double fraction(String key, double otherwise, double min, double max) throws ConfigException {
    String text = textOrNull(key);
    if (text == null) {
      return otherwise;
    }
    try {
      double number = Double.parseDouble(text);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException noNumber) {
      // said below
    }
    throw wrong(key, quoted(text) + " is no number from " + min + " to " + max);
  }

  private static OptionalLong parse(String text, long max) {
    try {
      long number = Long.parseLong(text.replace("_", ""));
      return number <= max ? OptionalLong.of(number) : OptionalLong.empty();
    } catch (NumberFormatException noNumber) {
      return OptionalLong.empty();
    }
  }

  boolean flag(String key, boolean otherwise) throws ConfigException {
    String text = text(key, Boolean.toString(otherwise));
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw wrong(key, quoted(text) + " is neither true nor false");
    };
  }

  /** A duration such as 250ms, 10s, 5m; at least a millisecond. */
  long nanos(String key, long otherwise) throws ConfigException {
    String text = textOrNull(key);
    if (text == null) {
      return otherwise;
    }
    int digits = digits(text);
    TimeUnit unit =
        switch (text.substring(digits)) {
          case "ms" -> TimeUnit.MILLISECONDS;
          case "s" -> TimeUnit.SECONDS;
          case "m" -> TimeUnit.MINUTES;
          case "h" -> TimeUnit.HOURS;
          default -> null;
        };
    OptionalLong count =
        parse(text.substring(0, digits), unit == null ? 0 : unit.convert(1, TimeUnit.DAYS));
    if (unit == null || count.isEmpty() || count.getAsLong() < 1) {
      throw wrong(
          key,
          quoted(text)
              + " is no duration of 1ms to 24h; write a number and ms, s, m or h without a blank,"
              + " as in 250ms");
    }
    return unit.toNanos(count.getAsLong());
  }

  /** A size such as 8192, 64KiB, 16MiB. */
  long bytes(String key, long otherwise, long max) throws ConfigException {
    String text = textOrNull(key);
    if (text == null) {
      return otherwise;
    }
    int digits = digits(text);
    int shift =
        switch (text.substring(digits)) {
          case "", "B" -> 0;
          case "KiB" -> 10;
          case "MiB" -> 20;
          case "GiB" -> 30;
          default -> -1;
        };
    OptionalLong count = parse(text.substring(0, digits), shift < 0 ? -1 : max >> shift);
    if (shift < 0 || count.isEmpty()) {
      throw wrong(
          key,
          quoted(text)
              + " is no size up to "
              + max
              + " bytes; write a number alone, or with KiB, MiB or GiB, as in 64KiB");
    }
    return count.getAsLong() << shift;
  }

  private static int digits(String text) {
    int digits = 0;
    while (digits < text.length() && Character.isDigit(text.charAt(digits))) {
      digits++;
    }
    return digits;
  }

  /** One of these words; they are the names of the constants with - for _. */
  <E extends Enum<E>> E choice(String key, E otherwise) throws ConfigException {
    String text = textOrNull(key);
    if (text == null) {
      return otherwise;
    }
    var words = new ArrayList<String>();
    for (E constant : otherwise.getDeclaringClass().getEnumConstants()) {
      String word = constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
      if (word.equals(text)) {
        return constant;
      }
      words.add(word);
    }
    throw wrong(key, quoted(text) + " is none of " + String.join(", ", words));
  }

  List<String> texts(String key) throws ConfigException {
    var texts = new ArrayList<String>();
    for (Node item : items(key)) {
      if (!(item instanceof ScalarNode scalar)) {
        throw new ConfigException(lineOf(item), at(key) + " has to be a list of words");
      }
      texts.add(scalar.getValue());
    }
    return texts;
  }

  /** A list of mappings. */
  List<Section> sections(String key) throws ConfigException {
    var sections = new ArrayList<Section>();
    for (Node item : items(key)) {
      sections.add(new Section(at(key) + "[" + sections.size() + "]", item));
    }
    return sections;
  }

  private List<Node> items(String key) throws ConfigException {
    if (!has(key)) {
      return List.of();
    }
    if (values.get(key) instanceof SequenceNode list) {
      return list.getValue();
    }
    throw wrong(key, "has to be a list; write each item in a line that begins with -");
  }

  @Nullable Section section(String key) throws ConfigException {
    has(key);
    Node value = values.get(key);
    return value == null ? null : new Section(at(key), value);
  }

  /** A mapping whose keys are names that the file gives. */
  Map<String, Section> named(String key) throws ConfigException {
    var named = new LinkedHashMap<String, Section>();
    Section section = section(key);
    if (section != null) {
      for (Map.Entry<String, Node> entry : section.values.entrySet()) {
        named.put(entry.getKey(), new Section(section.at(entry.getKey()), entry.getValue()));
      }
    }
    return named;
  }

  /** Refuses keys that nobody has asked for: a slip must not be a setting that has no effect. */
  void end() throws ConfigException {
    //> phase 7: a key that nobody knows: is it an error, and which one was meant?
    for (String key : values.keySet()) {
      if (!known.contains(key)) { //~ ignoresSlips: if (known.isEmpty()) {
        throw new ConfigException(
            keyLines.getOrDefault(key, line),
            (path.isEmpty() ? "the file" : path) + " has no " + quoted(key) + "; " + meant(key));
      }
    }
    //< phase 7
  }

  private String meant(String key) {
    for (String name : known) {
      if (distance(name, key) <= SLIP_LETTERS_MAX) {
        return "did you mean " + quoted(name) + "?";
      }
    }
    return "it may have " + String.join(", ", known);
  }

  /** Letters to insert, remove or change to make one of the other (Levenshtein). */
  private static int distance(String one, String other) {
    int[] row = new int[other.length() + 1];
    for (int j = 0; j <= other.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= one.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= other.length(); j++) {
        int change = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[other.length()];
  }

  static String quoted(String text) {
    return '"' + text + '"';
  }
}
