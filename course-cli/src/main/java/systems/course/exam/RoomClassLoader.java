package systems.course.exam;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Enumeration;
import org.jspecify.annotations.Nullable;

/**
 * The system class loader of the room: what it cannot find it asks of the examination that is on.
 *
 * <pre>
 *   platform &lt;- application class path (JUnit, libraries) &lt;- loader of one examination
 *                        ^                                          ^
 *                        '------- this: system class loader --------'
 * </pre>
 *
 * <p>Libraries that make classes of their own at run time hang them below the system class loader
 * and expect the test's classes there (Lincheck does). It defines nothing itself but what an agent
 * adds, so the JVM never remembers an examined class under its name, and the next examination is
 * asked anew. Public, with this constructor, since the JVM makes it.
 */
public final class RoomClassLoader extends URLClassLoader {
  private static volatile @Nullable ClassLoader examination;

  static {
    registerAsParallelCapable();
  }

  /** Made by the JVM, from {@code java.system.class.loader}. */
  public RoomClassLoader(ClassLoader parent) {
    super("room", new URL[0], parent);
  }

  static void admit(@Nullable ClassLoader loader) {
    examination = loader;
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    try {
      return super.findClass(name);
    } catch (ClassNotFoundException e) {
      ClassLoader present = examination;
      if (present == null) {
        throw e;
      }
      return present.loadClass(name);
    }
  }

  @Override
  public @Nullable URL findResource(String name) {
    ClassLoader present = examination;
    return present == null ? super.findResource(name) : present.getResource(name);
  }

  @Override
  public Enumeration<URL> findResources(String name) throws IOException {
    ClassLoader present = examination;
    return present instanceof URLClassLoader loader
        ? loader.findResources(name)
        : Collections.emptyEnumeration();
  }

  /** The JVM calls this by name for what an agent adds to the class path. */
  @SuppressWarnings("unused")
  private void appendToClassPathForInstrumentation(String jar) throws MalformedURLException {
    addURL(Path.of(jar).toUri().toURL());
  }
}
