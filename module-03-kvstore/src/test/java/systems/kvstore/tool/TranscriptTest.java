package systems.kvstore.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URISyntaxException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * The tool's behaviour as text files that a reader understands.
 *
 * <pre>
 *   # a remark
 *   $ put --db=DIR/d --create_if_missing a 1      a command; DIR is a fresh folder for each file
 *   OK                                            what it prints; ... is any text, alone
 *                                                 on a line it is any lines
 *   .                                             an empty line
 *   $ get --db=DIR/d b
 *   ! Failed: Get failed: NotFound:               what it prints to standard error
 *   = 1                                           its exit code, if not 0
 *   % flip DIR/d/*.sst 10                         damage: flip, cut or write a file
 * </pre>
 *
 * <p>With {@code -Dtranscripts.write=true} the files in {@code target/test-classes} are written
 * anew with what came out, to be looked at and copied.
 */
@Tag("phase-5")
class TranscriptTest {
  private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

  @TempDir Path folder;

  @TestFactory
  Stream<DynamicTest> everyTranscriptHolds() throws IOException, URISyntaxException {
    var home = Path.of(Objects.requireNonNull(getClass().getResource("ldb.txt")).toURI());
    try (Stream<Path> files = Files.list(home.getParent())) {
      var transcripts = files.filter(file -> file.toString().endsWith(".txt")).sorted().toList();
      assertThat(transcripts).hasSizeGreaterThan(4);
      return transcripts.stream()
          .map(file -> DynamicTest.dynamicTest(name(file), () -> play(file)))
          .toList()
          .stream();
    }
  }

  private static String name(Path file) {
    return file.getFileName().toString().replace(".txt", "");
  }

  private void play(Path file) throws IOException {
    Path place = Files.createDirectory(folder.resolve(name(file)));
    List<String> expected = Files.readAllLines(file);
    List<String> actual = new ArrayList<>();
    for (int i = 0; i < expected.size(); i++) {
      String line = expected.get(i);
      if (line.startsWith("$ ")) {
        actual.add(line);
        List<String> output = outputFrom(expected, i + 1);
        List<String> printed = run(place, line.substring(2));
        actual.addAll(matches(output, printed) ? output : printed);
      } else if (line.startsWith("% ")) {
        actual.add(line);
        damage(place, words(line.substring(2)));
      } else if (line.startsWith("#") || line.isBlank()) {
        actual.add(line);
      }
    }
    if (Boolean.getBoolean("transcripts.write")) {
      Files.write(file, actual);
    }
    for (int i = 0; i < Math.max(actual.size(), expected.size()); i++) {
      assertThat(lineOf(actual, i))
          .as("%s, line %d, after:%n%s", file.getFileName(), i + 1, before(actual, i))
          .isEqualTo(lineOf(expected, i));
    }
  }

  private static String lineOf(List<String> lines, int index) {
    return index < lines.size() ? lines.get(index) : "(the end)";
  }

  private static String before(List<String> lines, int index) {
    return String.join("\n", lines.subList(Math.max(0, index - 8), Math.min(index, lines.size())));
  }

  private static List<String> outputFrom(List<String> lines, int start) {
    int end = start;
    while (end < lines.size()
        && !lines.get(end).isBlank()
        && !Set.of("$ ", "% ", "# ").contains(lines.get(end).substring(0, min(lines, end)))) {
      end++;
    }
    return lines.subList(start, end);
  }

  private static int min(List<String> lines, int index) {
    return Math.min(2, lines.get(index).length());
  }

  /** A line that is only {@code ...} stands for any lines, in a line it stands for any text. */
  private static boolean matches(List<String> expected, List<String> printed) {
    String pattern =
        expected.stream()
            .map(line ->
                line.equals("...")
                    ? "(.*\n)*?"
                    : Stream.of(line.split("\\.\\.\\.", -1))
                        .map(Pattern::quote)
                        .collect(Collectors.joining(".*", "", "\n")))
            .collect(Collectors.joining());
    return printed.stream().map(line -> line + "\n").collect(Collectors.joining()).matches(pattern);
  }

  private static List<String> run(Path place, String command) {
    var ended = new Shell(place).run(words(command).toArray(String[]::new));
    List<String> lines = new ArrayList<>();
    ended.out().lines().map(String::stripTrailing).forEach(out -> lines.add(shown(out)));
    ended.err().lines().map(line -> ("! " + line).stripTrailing()).forEach(lines::add);
    if (ended.code() != 0) {
      lines.add("= " + ended.code());
    }
    return lines;
  }

  private static String shown(String printed) {
    return printed.isEmpty() ? "." : printed;
  }

  private static List<String> words(String line) {
    return WORD.matcher(line)
        .results()
        .map(word -> word.group(1) != null ? word.group(1) : word.group(2))
        .toList();
  }

  private static void damage(Path place, List<String> words) throws IOException {
    String target = words.get(1).replace("DIR", place.toString());
    switch (words.getFirst()) {
      case "flip" -> flip(one(target), Long.parseLong(words.get(2)));
      case "cut" -> cut(one(target), Long.parseLong(words.get(2)));
      case "remove" -> Files.delete(one(target));
      case "write" -> {
        Files.createDirectories(Path.of(target).getParent());
        Files.writeString(Path.of(target), words.get(2).replace("\\n", "\n"));
      }
      default -> throw new IllegalArgumentException(words.toString());
    }
  }

  /** The first file that fits, by name. */
  private static Path one(String glob) throws IOException {
    var matcher = FileSystems.getDefault().getPathMatcher("glob:" + glob);
    try (Stream<Path> files = Files.list(Path.of(glob).getParent())) {
      return files.filter(matcher::matches).sorted().findFirst().orElseThrow();
    }
  }

  private static void flip(Path file, long offset) throws IOException {
    try (var bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.seek(offset);
      int old = bytes.read();
      bytes.seek(offset);
      bytes.write(old ^ 0x40);
    }
  }

  private static void cut(Path file, long fromEnd) throws IOException {
    try (var bytes = new RandomAccessFile(file.toFile(), "rw")) {
      bytes.setLength(bytes.length() - fromEnd);
    }
  }
}
