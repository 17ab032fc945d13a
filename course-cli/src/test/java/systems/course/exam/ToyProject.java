package systems.course.exam;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sources in a folder, compiled and examined. */
public final class ToyProject {
  private static final Pattern TYPE =
      Pattern.compile("(?m)^\\S*?(?:\\S+ )*?(?:class|record|interface) (\\w+)");
  private static final String IMPORTS =
      """
      package toy;
      import static org.assertj.core.api.Assertions.*;
      import static org.junit.jupiter.api.Assumptions.*;
      import java.util.*;
      import org.junit.jupiter.api.*;
      import org.junit.jupiter.params.*;
      import org.junit.jupiter.params.provider.*;
      """;

  final Path folder;
  final Path sources;
  final Path classes;

  public ToyProject(Path folder) {
    this.folder = folder;
    this.sources = folder.resolve("src");
    this.classes = folder.resolve("classes");
  }

  /** The jars that this JVM's own tests run with. */
  public static List<Path> libraries() {
    String path =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return Arrays.stream(path.split(File.pathSeparator))
        .filter(entry -> entry.endsWith(".jar"))
        .map(Path::of)
        .toList();
  }

  /** A file for the type that a text declares first, with the usual imports. */
  ToyProject with(String... types) throws IOException {
    for (String type : types) {
      Matcher name = TYPE.matcher(type);
      if (!name.find()) {
        throw new IllegalArgumentException("no type in " + type);
      }
      Path file = sources.resolve("toy/" + name.group(1) + ".java");
      Files.createDirectories(file.getParent());
      Files.writeString(file, IMPORTS + type);
    }
    return this;
  }

  Map<String, Verdict> examine(Examiner examiner) {
    return examine(examiner, Selection.all());
  }

  /** The verdicts by method, in the order in which they came. */
  Map<String, Verdict> examine(Examiner examiner, Selection selection) {
    var compilation = examiner.compile(List.of(sources), List.of(), classes);
    if (!compilation.successful()) {
      throw new IllegalArgumentException(compilation.toString());
    }
    Map<String, Verdict> verdicts = new LinkedHashMap<>();
    List<String> twice = new ArrayList<>();
    examiner.examine(
        List.of(classes),
        selection,
        verdict -> {
          if (verdicts.put(verdict.method(), verdict) != null) {
            twice.add(verdict.method());
          }
        });
    if (!twice.isEmpty()) {
      throw new IllegalStateException("two verdicts on " + twice);
    }
    return verdicts;
  }
}
