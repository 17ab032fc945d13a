package systems.core.cache.jcache;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.util.Set;
import javax.cache.CacheException;

/**
 * What goes in and out of a cache that stores by value: a copy, made by serialization, with classes
 * of the manager's loader. Values of well-known immutable types are not copied: nobody can tell.
 */
final class Copies {
  private static final Set<Class<?>> IMMUTABLE =
      Set.of(
          String.class,
          Integer.class,
          Long.class,
          Short.class,
          Byte.class,
          Character.class,
          Boolean.class,
          Float.class,
          Double.class);

  private final boolean byValue;
  private final ClassLoader classLoader;

  Copies(boolean byValue, ClassLoader classLoader) {
    this.byValue = byValue;
    this.classLoader = classLoader;
  }

  <T> T of(T original) {
    if (!byValue || IMMUTABLE.contains(original.getClass())) {
      return original;
    }
    try {
      var bytes = new ByteArrayOutputStream();
      try (var out = new ObjectOutputStream(bytes)) {
        out.writeObject(original);
      }
      try (var in = new Reader(new ByteArrayInputStream(bytes.toByteArray()))) {
        @SuppressWarnings("unchecked") // what was written
        T copy = (T) in.readObject();
        return copy;
      }
    } catch (IOException | ClassNotFoundException e) {
      throw new CacheException(
          "a cache that stores by value needs serializable keys and values; "
              + original.getClass().getName()
              + " failed: "
              + e,
          e);
    }
  }

  /** Reads what this process has just written, and nothing else. */
  private final class Reader extends ObjectInputStream {
    Reader(InputStream in) throws IOException {
      super(in);
    }

    @Override
    protected Class<?> resolveClass(ObjectStreamClass description)
        throws IOException, ClassNotFoundException {
      try {
        return Class.forName(description.getName(), false, classLoader);
      } catch (ClassNotFoundException _) {
        return super.resolveClass(description); // primitive types
      }
    }
  }
}
