package systems.course.page;

import java.io.IOException;
import java.io.Serial;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import systems.course.catalogue.CourseException;

/**
 * Has the blocks of other languages read by those who know: Python compiles, TypeScript and bash
 * parse. None of them runs a block.
 *
 * <pre>
 *   a folder with 1.py 2.py 3.py  --|  python3, once  |--  2:14:invalid syntax
 * </pre>
 *
 * <p>One process a language, since starting one costs more than all blocks together. Where a
 * program is missing its blocks are not checked, and that is said: a machine without node can still
 * work on the Java. CI has all of them.
 */
final class Interpreters {
  private static final long SECONDS_MAX = 120;
  private static final long OUTPUT_BYTES_MAX = 1 << 20;
  private static final Pattern REPORT = Pattern.compile("(\\d+):(\\d+):(.*)");

  private static final String PYTHON =
      """
      import pathlib, sys, warnings
      warnings.simplefilter("error", SyntaxWarning)
      for file in sorted(pathlib.Path(sys.argv[1]).glob("*.py")):
          try:
              compile(file.read_bytes(), file.name, "exec", dont_inherit=True)
          except SyntaxError as e:
              print(f"{file.stem}:{e.lineno or 1}:{e.msg}")
      """;

  private static final String BASH =
      """
      cd "$1" || exit 1
      for file in *.sh; do
        LC_ALL=C bash -n "$file" 2>&1 |
          sed -n "s/^\\([0-9]*\\)[.]sh: line \\([0-9]*\\): /\\1:\\2:/p" | head -n 1
      done
      """;

  private final Path typeScript;
  private final List<Problem> problems = new ArrayList<>();
  private final List<String> skipped = new ArrayList<>();

  private Interpreters(Path typeScript) {
    this.typeScript = typeScript;
  }

  /**
   * Checks the python, ts and sh blocks.
   *
   * @param typeScript the folder with {@code syntax.mjs} and its package.json
   */
  static Pages.Verdict check(List<Block> blocks, Path typeScript) {
    var all = new Interpreters(typeScript);
    all.check(Language.PYTHON, of(Language.PYTHON, blocks));
    all.check(Language.SH, of(Language.SH, blocks));
    all.check(Language.TS, of(Language.TS, blocks));
    return new Pages.Verdict(List.copyOf(all.problems), List.copyOf(all.skipped));
  }

  private static List<Block> of(Language language, List<Block> blocks) {
    return blocks.stream().filter(each -> each.language() == language).toList();
  }

  private void check(Language language, List<Block> blocks) {
    if (blocks.isEmpty()) {
      return;
    }
    try {
      Path folder = Files.createTempDirectory("snippets");
      try {
        write(folder, language, blocks);
        ask(language, folder, blocks);
      } finally {
        delete(folder);
      }
    } catch (Absent e) {
      skipped.add("%d %s blocks: %s".formatted(blocks.size(), language, e.sentence));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the blocks for " + language, e);
    }
  }

  private static void write(Path folder, Language language, List<Block> blocks) throws IOException {
    for (int i = 0; i < blocks.size(); i++) {
      Files.writeString(folder.resolve(i + ending(language)), blocks.get(i).text());
    }
  }

  private static String ending(Language language) {
    return switch (language) {
      case PYTHON -> ".py";
      case SH -> ".sh";
      case TS -> ".ts";
      default -> throw new IllegalArgumentException(language + " has no interpreter");
    };
  }

  private void ask(Language language, Path folder, List<Block> blocks) throws IOException, Absent {
    List<String> command =
        switch (language) {
          case PYTHON -> List.of("python3", "-I", "-c", PYTHON, folder.toString());
          case SH -> List.of("bash", "-c", BASH, "bash", folder.toString());
          default -> List.of("node", readyTypeScript(), folder.toString());
        };
    for (String line : run(command, folder).lines().toList()) {
      Matcher report = REPORT.matcher(line);
      if (!report.matches()) {
        throw CourseException.failed(command.getFirst() + " says: " + line);
      }
      Block block = blocks.get(Integer.parseInt(report.group(1)));
      problems.add(
          block.problem(
              Integer.parseInt(report.group(2)),
              "is no %s: %s".formatted(language, report.group(3))));
    }
  }

  /** The script that asks TypeScript's parser; fetches that parser when it is not there yet. */
  private String readyTypeScript() throws IOException, Absent {
    Path script = typeScript.resolve("syntax.mjs");
    if (!Files.isRegularFile(script)) {
      throw new Absent("docs/snippets/syntax.mjs is missing");
    }
    if (!Files.isDirectory(typeScript.resolve("node_modules/typescript"))) {
      try {
        run(List.of("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"), typeScript);
      } catch (CourseException e) {
        throw new Absent("TypeScript could not be fetched; try `npm ci` in docs/snippets");
      }
    }
    return script.toString();
  }

  /** A program that this machine does not have. */
  private static final class Absent extends Exception {
    @Serial private static final long serialVersionUID = 1;

    final String sentence;

    Absent(String sentence) {
      super(sentence);
      this.sentence = sentence;
    }
  }

  /** Runs a program to its end and returns what it printed. */
  private static String run(List<String> command, Path folder) throws IOException, Absent {
    Path output = Files.createTempFile("snippets", ".out");
    try {
      Process process = start(command, folder, output);
      if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw CourseException.failed(
            "%s did not end within %d s".formatted(command.getFirst(), SECONDS_MAX));
      }
      return printed(command, process.exitValue(), output);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CourseException.failed("interrupted");
    } finally {
      Files.delete(output);
    }
  }

  private static Process start(List<String> command, Path folder, Path output) throws Absent {
    try {
      return new ProcessBuilder(command)
          .directory(folder.toFile())
          .redirectErrorStream(true)
          .redirectOutput(output.toFile())
          .start();
    } catch (IOException e) {
      throw new Absent("no " + command.getFirst() + " on the PATH");
    }
  }

  private static String printed(List<String> command, int exitCode, Path output)
      throws IOException {
    if (Files.size(output) > OUTPUT_BYTES_MAX) {
      throw CourseException.failed(command.getFirst() + " said more than fits");
    }
    String text = Files.readString(output);
    if (exitCode != 0) {
      throw CourseException.failed(
          "%s failed with exit code %d: %s".formatted(command.getFirst(), exitCode, text.strip()));
    }
    return text;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
