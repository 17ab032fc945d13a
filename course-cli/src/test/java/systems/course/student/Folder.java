package systems.course.student;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Folders as text: prose, then for each file {@code === path} and its lines. */
public final class Folder {
  private Folder() {}

  static String transcript(String name) throws IOException {
    try (InputStream in = Folder.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Writes the files of a transcript. */
  public static void write(String name, Path target) throws IOException {
    for (String part : List.of(transcript(name).split("(?m)^=== ")).stream().skip(1).toList()) {
      int end = part.indexOf('\n');
      Path file = target.resolve(part.substring(0, end));
      Files.createDirectories(file.getParent());
      Files.writeString(file, part.substring(end + 1));
    }
  }

  static String read(Path folder) throws IOException {
    var text = new StringBuilder();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        text.append("=== ").append(folder.relativize(file)).append('\n');
        text.append(Files.readString(file));
      }
    }
    return text.toString();
  }
}
