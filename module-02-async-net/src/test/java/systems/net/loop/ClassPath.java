package systems.net.loop;

import java.io.File;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.StringJoiner;

/** Where the classes of this test run lie, for a process of its own. */
final class ClassPath {
  private ClassPath() {}

  /** What the tests' class loader has, where it is not the JVM's own, then the JVM's. */
  static String ofTheseTests() {
    var places = new StringJoiner(File.pathSeparator);
    if (ClassPath.class.getClassLoader() instanceof URLClassLoader loader) {
      for (URL url : loader.getURLs()) {
        places.add(Path.of(URI.create(url.toString())).toString());
      }
    }
    return places.add(System.getProperty("java.class.path")).toString();
  }

  static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }
}
