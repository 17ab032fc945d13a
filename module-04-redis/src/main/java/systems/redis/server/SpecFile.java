package systems.redis.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import systems.redis.resp.RequestReader;
import systems.redis.server.CommandSpec.Argument;
import systems.redis.server.CommandSpec.Begin;
import systems.redis.server.CommandSpec.Find;
import systems.redis.server.CommandSpec.KeySpec;

/** Reads {@code commands.txt}; its head explains the form. */
final class SpecFile {
  private static final String PATH = "/systems/redis/commands.txt";

  private final Map<String, CommandSpec> specs = new LinkedHashMap<>();
  private CommandSpec current = new CommandSpec("", null);
  private final Deque<Argument> open = new ArrayDeque<>();

  private SpecFile() {}

  static Map<String, CommandSpec> read() {
    try (InputStream in = SpecFile.class.getResourceAsStream(PATH)) {
      if (in == null) {
        throw new IllegalStateException("missing on the class path: " + PATH);
      }
      return new SpecFile().read(new BufferedReader(new InputStreamReader(in, UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + PATH, e);
    }
  }

  private Map<String, CommandSpec> read(BufferedReader in) throws IOException {
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      if (line.charAt(0) != ' ') {
        begin(line);
      } else {
        fact(line);
      }
    }
    return specs;
  }

  private void begin(String name) {
    int bar = name.indexOf('|');
    CommandSpec container = bar < 0 ? null : specs.get(name.substring(0, bar));
    current = new CommandSpec(name, container);
    open.clear();
    if (container != null) {
      container.subcommands.put(current.shortName(), current);
    } else {
      specs.put(name, current);
    }
  }

  private void fact(String line) {
    List<String> words = words(line);
    List<String> rest = words.subList(1, words.size());
    switch (words.getFirst()) {
      case "arity" -> current.arity = Integer.parseInt(rest.getFirst());
      case "flags", "hidden" -> rest.forEach(flag -> current.flags |= Flag.of(flag).bit());
      case "acl" -> current.categories.addAll(rest);
      case "key" -> current.keys.add(keySpec(rest));
      case "tips" -> current.tips.addAll(rest);
      case "history" -> current.history.add(String.join(" ", rest));
      case "doc_flags" -> current.docFlags.addAll(rest);
      case "arg" -> argument(line.length() - line.stripLeading().length(), rest);
      default -> current.docs.put(words.getFirst(), String.join(" ", rest));
    }
  }

  private static List<String> words(String line) {
    if (line.indexOf('"') < 0) {
      return List.of(line.strip().split(" +"));
    }
    List<byte[]> split = RequestReader.Words.split(line.getBytes(UTF_8));
    if (split == null) {
      throw new IllegalStateException("unbalanced quotes: " + line);
    }
    var words = new ArrayList<String>();
    split.forEach(word -> words.add(new String(word, UTF_8)));
    return words;
  }

  private static KeySpec keySpec(List<String> words) {
    List<String> flags = List.of(words.getFirst().split(","));
    int find = words.indexOf("find");
    List<String> b = words.subList(2, find);
    List<String> f = words.subList(find + 1, words.size());
    Begin begin =
        switch (b.getFirst()) {
          case "index" -> new Begin.Index(Integer.parseInt(b.get(1)));
          case "keyword" -> new Begin.Keyword(b.get(1), Integer.parseInt(b.get(2)));
          default -> new Begin.Unknown();
        };
    Find found =
        switch (f.getFirst()) {
          case "range" -> new Find.Range(number(f, 1), number(f, 2), number(f, 3));
          case "keynum" -> new Find.Number(number(f, 1), number(f, 2), number(f, 3));
          default -> new Find.Unknown();
        };
    return new KeySpec(flags, begin, found);
  }

  private static int number(List<String> words, int index) {
    return Integer.parseInt(words.get(index));
  }

  private void argument(int indent, List<String> words) {
    int depth = (indent - 2) / 2;
    while (open.size() > depth) {
      open.removeLast();
    }
    var argument = new Argument(words.get(0), words.get(1));
    for (int i = 2; i < words.size(); i++) {
      switch (words.get(i)) {
        case "display_text", "token", "since", "deprecated_since" ->
            argument.texts.put(words.get(i), words.get(++i));
        case "key_spec_index" -> argument.keySpec = Integer.parseInt(words.get(++i));
        default -> argument.flags.add(words.get(i));
      }
    }
    (open.isEmpty() ? current.arguments : open.getLast().parts).add(argument);
    open.addLast(argument);
  }
}
