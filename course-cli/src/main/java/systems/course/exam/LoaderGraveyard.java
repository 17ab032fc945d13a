package systems.course.exam;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;

/**
 * The class loaders of past examinations, as long as something holds on to them. Libraries keep
 * caches by class that nobody empties (jqwik's of generic types is one); when too many old loaders
 * are left, or what they hold fills half of the heap, the room is worn out, and a new one costs
 * less than the memory.
 */
final class LoaderGraveyard {
  private static final int LOADERS_MAX = 30;

  private final List<WeakReference<ClassLoader>> graves = new ArrayList<>();

  void bury(ClassLoader loader) {
    graves.add(new WeakReference<>(loader));
  }

  boolean isFull() {
    if (left() > LOADERS_MAX || isHeapHalfFull()) {
      System.gc();
    }
    return left() > LOADERS_MAX || left() > 0 && isHeapHalfFull();
  }

  private static boolean isHeapHalfFull() {
    var runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory() > runtime.maxMemory() / 2;
  }

  private int left() {
    graves.removeIf(grave -> grave.refersTo(null));
    return graves.size();
  }
}
