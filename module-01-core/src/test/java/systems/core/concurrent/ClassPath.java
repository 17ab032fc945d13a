package systems.core.concurrent;

import java.io.File;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The classes of this test run, for another process. */
final class ClassPath {
  private ClassPath() {}

  /** What the loader of the tests has, if it has more than the JVM was started with, first. */
  static String ofThisRun() {
    List<String> places = new ArrayList<>();
    if (ClassPath.class.getClassLoader() instanceof URLClassLoader loader) {
      Stream.of(loader.getURLs())
          .map(url -> Path.of(url.getPath()).toString())
          .forEach(places::add);
    }
    places.add(System.getProperty("java.class.path"));
    return String.join(File.pathSeparator, places);
  }

  /** The {@code java} that runs this. */
  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }
}
