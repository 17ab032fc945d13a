package systems.course;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Plays a transcript and compares all of it: what a student types, and what the course answers.
 *
 * <p>{@code -Dtranscript.write=true} writes the answers of today into the file, for a person to
 * read before they are committed.
 */
class StudentsWayTest {
  private static final Path TRANSCRIPT =
      Path.of("src/test/resources/systems/course/check/student.txt");
  private static final String ANSWER = "    ";

  @TempDir Path root;
  private FakeCheckout checkout;
  private StudentFolder student;
  private final List<String> played = new ArrayList<>();

  @Test
  @Timeout(300)
  void theWholeWayIsAsTheTranscriptTellsIt() throws IOException {
    root = root.toRealPath();
    checkout = new FakeCheckout(root.resolve("checkout"));
    student = new StudentFolder(root.resolve("my-toy"));
    List<String> script = Files.readAllLines(TRANSCRIPT);
    play(script.stream().filter(line -> !line.startsWith(ANSWER)).toList());
    String text = String.join("\n", played) + "\n";
    if (Boolean.getBoolean("transcript.write")) {
      Files.writeString(TRANSCRIPT, text);
    }
    assertThat(text).isEqualTo(String.join("\n", script) + "\n");
  }

  private void play(List<String> script) throws IOException {
    for (int i = 0; i < script.size(); i++) {
      String line = script.get(i);
      played.add(line);
      if (line.startsWith("> write ")) {
        i = write(script, i);
      } else if (line.startsWith("> replace ")) {
        String before = script.get(i + 1);
        String after = script.get(i + 2);
        student.replace(line.substring(10), before.substring(2), after.substring(2));
        played.addAll(List.of(before, after));
        i += 2;
      } else if (line.startsWith("$ cat ")) {
        student.read(line.substring(6)).lines().forEach(answer -> played.add(ANSWER + answer));
      } else if (line.startsWith("$ course ")) {
        course(line.substring(9));
      }
    }
  }

  private int write(List<String> script, int at) throws IOException {
    int end = at + 1;
    var text = new StringBuilder();
    while (end < script.size() && script.get(end).startsWith("|")) {
      String line = script.get(end++);
      played.add(line);
      text.append(line.length() > 2 ? line.substring(2) : "").append('\n');
    }
    student.write(script.get(at).substring(8), text.toString());
    return end - 1;
  }

  private void course(String arguments) {
    String[] args =
        Stream.concat(Arrays.stream(arguments.split(" ")), Stream.of(student.folder.toString()))
            .toArray(String[]::new);
    var result = checkout.course(args);
    assertThat(result.out() + result.err()).doesNotContain("\u001b", "\r", "\tat ");
    (result.out() + result.err())
        .replace(student.folder.toString(), "my-toy")
        .lines()
        .forEach(
            line -> played.add((ANSWER + line).stripTrailing().isEmpty() ? ANSWER : ANSWER + line));
    played.add(ANSWER + "[exit %d]".formatted(result.exitCode()));
  }
}
