package systems.course.compare;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import systems.course.catalogue.CourseException;

/**
 * One Java file as text.
 *
 * @param path as it is shown, from the source folder on, with slashes
 */
public record SourceText(String path, String text) {
  private static final int FILES_MAX = 2_000;
  private static final long FILE_BYTES_MAX = 1 << 20;
  private static final int FOLDERS_DEEP_MAX = 40;

  /**
   * The Java files below a source folder, in the order of their paths.
   *
   * @param complaints gets a sentence for each file that cannot be read
   */
  public static List<SourceText> below(Path folder, List<String> complaints) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    List<SourceText> texts = new ArrayList<>();
    for (Path file : javaFiles(folder)) {
      String path = folder.relativize(file).toString().replace('\\', '/');
      if (Files.size(file) > FILE_BYTES_MAX) {
        complaints.add(path + " is larger than 1 MiB and is left out");
        continue;
      }
      try {
        texts.add(new SourceText(path, Files.readString(file).replace("\r\n", "\n")));
      } catch (CharacterCodingException e) {
        complaints.add(path + " is not UTF-8 text and is left out");
      }
    }
    return List.copyOf(texts);
  }

  private static List<Path> javaFiles(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder, FOLDERS_DEEP_MAX)) {
      List<Path> found =
          files
              .filter(file -> file.toString().endsWith(".java") && Files.isRegularFile(file))
              .sorted()
              .limit(FILES_MAX + 1L)
              .toList();
      if (found.size() > FILES_MAX) {
        throw CourseException.failed(
            "more than %d Java files below %s: is that the right folder?"
                .formatted(FILES_MAX, folder));
      }
      return found;
    }
  }
}
