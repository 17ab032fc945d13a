package systems.course.catalogue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * A module's {@code course.yaml}: what it is called, its phases, and how its reference is started.
 *
 * <pre>
 *   id: kvstore                      the folder is module-NN-id
 *   number: 3
 *   title: log-structured key-value store
 *   standard: RocksDB's on-disk format and ldb command line
 *   state: stands                    or: building
 *   phases:
 *     - number: 1                    1, 2, 3 ... without gaps
 *       title: an append-only log
 *       minutes: 240                 of a student's time, tests included
 *       goal: one sentence
 *   run:
 *     main: systems.kvstore.tool.Main
 *     jvm: [--enable-native-access=ALL-UNNAMED]     optional
 *     args: []                       optional, used when `course run` is given none
 *     warmup: [--help]               optional, the run that the JVM's start-up cache is made from
 * </pre>
 *
 * <p>The file is small and written by hand, so it is read strictly: a key that is not in the
 * picture is refused by name, since a misspelt key would otherwise count as one left out. A lenient
 * reader with defaults was the alternative; it turned {@code minuts: 90} into zero minutes.
 */
public record CourseFile(
    String id,
    int number,
    String title,
    String standard,
    State state,
    List<Phase> phases,
    Run run) {

  /** Whether the reference can be shown to somebody. */
  public enum State {
    STANDS,
    BUILDING
  }

  /** One step of the way: its goal fits in a sentence, its minutes are a student's. */
  public record Phase(int number, String title, int minutes, String goal) {}

  /** How the reference is started. */
  public record Run(String main, List<String> jvm, List<String> args, List<String> warmup) {}

  private static final int FILE_CHARS_MAX = 64 * 1024;
  private static final int PHASES_MAX = 20;
  private static final int PHASE_MINUTES_MAX = 6_000;
  private static final int MODULE_NUMBER_MAX = 99;
  private static final Pattern ID = Pattern.compile("[a-z][a-z0-9-]{0,30}");
  private static final Pattern CLASS_NAME = Pattern.compile("[\\w$]+(\\.[\\w$]+)*");

  public int minutes() {
    return phases.stream().mapToInt(Phase::minutes).sum();
  }

  public String folder() {
    return "module-%02d-%s".formatted(number, id);
  }

  public static CourseFile read(Path file) {
    Table top = new Table(file, "", Table.entriesOf(file, "the file", load(file)));
    top.allowOnly("id", "number", "title", "standard", "state", "phases", "run");
    return new CourseFile(
        top.text("id", ID),
        top.number("number", MODULE_NUMBER_MAX),
        top.text("title"),
        top.text("standard"),
        stateOf(top),
        phasesOf(top),
        runOf(top.table("run")));
  }

  private static Object load(Path file) {
    try {
      if (Files.size(file) > FILE_CHARS_MAX) {
        throw CourseException.malformed(
            file, 0, "%d bytes, at most %d".formatted(Files.size(file), FILE_CHARS_MAX));
      }
      var settings = LoadSettings.builder().setLabel(file.toString()).build();
      Object root = new Load(settings).loadFromString(Files.readString(file));
      return root == null ? Map.of() : root;
    } catch (YamlEngineException e) {
      throw CourseException.malformed(file, 0, "not YAML: " + e.getMessage());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  private static State stateOf(Table top) {
    String state = top.text("state");
    for (State each : State.values()) {
      if (each.name().toLowerCase(Locale.ROOT).equals(state)) {
        return each;
      }
    }
    throw top.unexpected("state", "stands or building", state);
  }

  private static List<Phase> phasesOf(Table top) {
    List<Phase> phases = new ArrayList<>();
    for (Table row : top.tables("phases", PHASES_MAX)) {
      row.allowOnly("number", "title", "minutes", "goal");
      int expected = phases.size() + 1;
      if (row.number("number", PHASES_MAX) != expected) {
        throw row.unexpected("number", "phase " + expected, row.number("number", PHASES_MAX));
      }
      phases.add(
          new Phase(
              expected,
              row.text("title"),
              row.number("minutes", PHASE_MINUTES_MAX),
              row.text("goal")));
    }
    assert phases.isEmpty() || phases.getLast().number() == phases.size();
    return List.copyOf(phases);
  }

  private static Run runOf(Table run) {
    run.allowOnly("main", "jvm", "args", "warmup");
    return new Run(
        run.text("main", CLASS_NAME), run.texts("jvm"), run.texts("args"), run.texts("warmup"));
  }

  /** A mapping of the file, with the way to it for messages. */
  private record Table(Path file, String way, Map<?, ?> entries) {
    private static final int TEXTS_MAX = 64;

    static Map<?, ?> entriesOf(Path file, String what, Object value) {
      if (value instanceof Map<?, ?> entries) {
        return entries;
      }
      throw CourseException.malformed(
          file, 0, "%s: expected keys with values, found %s".formatted(what, value));
    }

    void allowOnly(String... keys) {
      Set<String> known = Set.of(keys);
      for (Object key : entries.keySet()) {
        if (!(key instanceof String name) || !known.contains(name)) {
          throw CourseException.malformed(
              file, 0, "%s%s: no such key, known are %s".formatted(way, key, List.of(keys)));
        }
      }
    }

    String text(String key) {
      if (required(key) instanceof String text && !text.isBlank()) {
        return text;
      }
      throw unexpected(key, "some text", required(key));
    }

    String text(String key, Pattern form) {
      String text = text(key);
      if (!form.matcher(text).matches()) {
        throw unexpected(key, "the form " + form, text);
      }
      return text;
    }

    int number(String key, int max) {
      if (required(key) instanceof Integer number && number >= 1 && number <= max) {
        return number;
      }
      throw unexpected(key, "a whole number from 1 to " + max, required(key));
    }

    List<String> texts(String key) {
      List<String> texts = new ArrayList<>();
      for (Object item : items(key, TEXTS_MAX)) {
        if (!(item instanceof String text) || text.isEmpty() || text.indexOf('\n') >= 0) {
          throw unexpected(key, "one-line texts (quote numbers)", item);
        }
        texts.add(text);
      }
      return List.copyOf(texts);
    }

    Table table(String key) {
      return new Table(file, way + key + ".", entriesOf(file, way + key, required(key)));
    }

    List<Table> tables(String key, int max) {
      required(key);
      List<Table> tables = new ArrayList<>();
      for (Object item : items(key, max)) {
        String here = "%s%s[%d]".formatted(way, key, tables.size() + 1);
        tables.add(new Table(file, here + ".", entriesOf(file, here, item)));
      }
      return tables;
    }

    CourseException unexpected(String key, String expected, Object found) {
      return CourseException.malformed(
          file, 0, "%s%s: expected %s, found %s".formatted(way, key, expected, found));
    }

    private List<?> items(String key, int max) {
      Object value = entries.get(key);
      if (value == null) {
        return List.of();
      }
      if (value instanceof List<?> items && items.size() <= max) {
        return items;
      }
      throw unexpected(key, "a list of at most " + max, value);
    }

    private Object required(String key) {
      Object value = entries.get(key);
      if (value == null) {
        throw CourseException.malformed(file, 0, way + key + " is missing");
      }
      return value;
    }
  }
}
