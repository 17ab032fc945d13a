package systems.net.loop;

import java.lang.ref.Cleaner;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds buffers that nobody released: the garbage collector comes across them, and then it can be
 * said where they were taken.
 *
 * <pre>
 *   taken --- watch: a stack trace, and a cleaner on the buffer
 *     |                                  |
 *     | released                         | collected
 *     v                                  v
 *   the watch is called off          the listener hears the stack trace
 * </pre>
 *
 * <p>A stack trace costs a microsecond or more, so only one buffer of so many is watched: a leak
 * that matters happens often and is soon in the sample. The watch must not refer to its buffer, or
 * the buffer would never be garbage.
 *
 * <p>The listener is called on a thread of the cleaner.
 */
public final class LeakDetector {
  /** Watches none. */
  public static final LeakDetector OFF = new LeakDetector(0, leak -> {});

  /** One thread for all detectors, and only if there is one that watches. */
  private static final class Watcher {
    static final Cleaner CLEANER = Cleaner.create();
  }

  private final int every;
  private final Consumer<? super Leak> listener;
  private int untilNext;

  /**
   * @param every one buffer of so many is watched; 0 for none, 1 for all
   */
  public LeakDetector(int every, Consumer<? super Leak> listener) {
    this.every = every;
    this.listener = listener;
    this.untilNext = every;
  }

  /** A buffer became garbage and was never released; the stack trace is of where it was taken. */
  public static final class Leak extends RuntimeException {
    private static final long serialVersionUID = 1;

    Leak() {
      super("a buffer was taken here and never released");
    }
  }

  /** Whether the next buffer is one to watch. On the loop. */
  boolean isTurn() {
    //> phase 3: every n-th is watched; what does the question cost for the others?
    if (every == 0 || --untilNext > 0) {
      return false;
    }
    untilNext = every;
    return true;
    //< phase 3 with: return false;
  }

  void watch(Buffer buffer) {
    //> phase 3: what may the watch refer to, and what not?
    var watch = new Watch(new Leak(), listener);
    watch.cleanable = Watcher.CLEANER.register(buffer, watch);
    buffer.watch = watch;
    //< phase 3
  }

  /** What remains of a watched buffer when it is garbage. */
  static final class Watch implements Runnable {
    private final Leak leak;
    private final Consumer<? super Leak> listener;
    private Cleaner.@Nullable Cleanable cleanable;
    private volatile boolean released;

    Watch(Leak leak, Consumer<? super Leak> listener) {
      this.leak = leak;
      this.listener = listener;
    }

    void released() {
      //> phase 3: cleaning also runs the action; how does it know that all is well?
      released = true; //~ reportsTheReleased: released = false;
      if (cleanable != null) {
        cleanable.clean();
      }
      //< phase 3
    }

    @Override
    public void run() {
      if (!released) {
        listener.accept(leak);
      }
    }
  }
}
