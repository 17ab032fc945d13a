package systems.course.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import systems.course.catalogue.CourseException;

/**
 * A {@code demo.md}: Markdown in which the {@code console} blocks are commands with their output.
 *
 * <pre>
 *   Put a key.                        prose
 *
 *   ```console
 *   $ course run kvstore put a 1      a command
 *   OK                                what it prints
 *   $ seq 3 | \                       a command goes on after a backslash at the end
 *   >   tail -n 1                     (a leading "> ", as bash prompts, is dropped)
 *   3
 *   ```
 * </pre>
 *
 * <p>Blocks of any other kind are prose and shown as they stand.
 *
 * @param file where it was read from, for messages
 * @param parts in the order of the file
 */
public record DemoScript(Path file, List<Part> parts) {
  private static final long FILE_BYTES_MAX = 1 << 20;
  private static final String FENCE = "```";
  private static final String PROMPT = "$ ";
  private static final String PROMPT_GOES_ON = "> ";

  public sealed interface Part {}

  public record Prose(String markdown) implements Part {}

  /**
   * A command to run.
   *
   * @param line of the file that it stands in, from 1
   */
  public record Step(int line, String command, Transcript output) implements Part {
    public Step {
      assert line >= 1;
    }
  }

  public List<Step> steps() {
    return parts.stream().filter(Step.class::isInstance).map(Step.class::cast).toList();
  }

  public static DemoScript read(Path file) {
    try {
      if (!Files.isRegularFile(file)) {
        throw CourseException.failed(file + " is missing: there is no demo to play");
      }
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw CourseException.malformed(file, 0, "larger than " + FILE_BYTES_MAX + " bytes");
      }
      return new DemoScript(file, new Reader(file, Files.readAllLines(file)).parts());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  /** Walks over the lines once; {@code next} is the one that was not looked at yet. */
  private static final class Reader {
    private final Path file;
    private final List<String> lines;
    private final List<Part> parts = new ArrayList<>();
    private final List<String> prose = new ArrayList<>();
    private int next;

    Reader(Path file, List<String> lines) {
      this.file = file;
      this.lines = lines;
    }

    List<Part> parts() {
      while (next < lines.size()) {
        if (lines.get(next).startsWith(FENCE + "console")) {
          endProse();
          readConsole();
        } else if (lines.get(next).startsWith(FENCE)) {
          keepBlock();
        } else {
          prose.add(lines.get(next++));
        }
      }
      endProse();
      return List.copyOf(parts);
    }

    private void readConsole() {
      int opened = next++;
      while (!atFence(opened)) {
        if (!lines.get(next).startsWith(PROMPT)) {
          throw CourseException.malformed(
              file, next + 1, "expected a command after '$ ', found: " + lines.get(next));
        }
        readStep(opened);
      }
      next++;
    }

    private void readStep(int opened) {
      assert lines.get(next).startsWith(PROMPT);
      int at = next + 1;
      var command = new StringBuilder(lines.get(next++).substring(PROMPT.length()));
      while (command.toString().endsWith("\\") && !atFence(opened)) {
        String more = lines.get(next++);
        command.append('\n').append(withoutPrompt(more));
      }
      List<String> output = new ArrayList<>();
      while (!atFence(opened) && !lines.get(next).startsWith(PROMPT)) {
        output.add(lines.get(next++));
      }
      parts.add(new Step(at, command.toString(), new Transcript(output)));
    }

    private static String withoutPrompt(String line) {
      return line.startsWith(PROMPT_GOES_ON) ? line.substring(PROMPT_GOES_ON.length()) : line;
    }

    private void keepBlock() {
      int opened = next;
      prose.add(lines.get(next++));
      while (!atFence(opened)) {
        prose.add(lines.get(next++));
      }
      prose.add(lines.get(next++));
    }

    private boolean atFence(int opened) {
      if (next == lines.size()) {
        throw CourseException.malformed(file, opened + 1, "this block is never closed with ```");
      }
      return lines.get(next).startsWith(FENCE);
    }

    private void endProse() {
      String markdown = String.join("\n", prose).strip();
      if (!markdown.isEmpty()) {
        parts.add(new Prose(markdown));
      }
      prose.clear();
    }
  }
}
