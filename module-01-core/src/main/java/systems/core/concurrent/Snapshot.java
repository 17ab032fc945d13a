package systems.core.concurrent;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * A value that is replaced as a whole: read, copy, update.
 *
 * <pre>
 *   current ----> [ v7 ] &lt;---- reader that came before
 *           \
 *            '--> [ v8 ] &lt;---- reader that comes now          v7 ends with its last reader
 * </pre>
 *
 * <p>Readers take a reference with one acquire load and go on with a version that never changes,
 * however long they take. They write nothing: no counter, no lock word. A writer copies the current
 * version with its change, and swaps the reference if nobody was faster. For routing tables,
 * configurations, the list of files of a store: read all the time, changed now and then.
 *
 * <p>What the kernel's RCU spends its wit on, to know when the last reader of v7 is gone, is the
 * collector's work here. Where a version owns something that the collector does not free (a file, a
 * mapping), that is not enough: count its users, or keep it until a moment at which every reader is
 * known to have come by.
 *
 * <p>Versions must not be changed once they are in, by anybody. With {@code T} a record or {@code
 * List.copyOf} that goes without saying.
 *
 * <p>Source: P. McKenney, J. Slingwine, "Read-copy update: using execution history to solve
 * concurrency problems", PDCS 1998.
 */
public final class Snapshot<T> {
  private static final VarHandle CURRENT;

  static {
    try {
      CURRENT = MethodHandles.lookup().findVarHandle(Snapshot.class, "current", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  @SuppressWarnings("unused") // by its handle
  private T current;

  /** The first version; a snapshot is handed to other threads safely, as its field is. */
  public Snapshot(T first) {
    current = Objects.requireNonNull(first);
    VarHandle.releaseFence(); // even if it is not
  }

  /** The version of this moment. */
  @SuppressWarnings("unchecked")
  public T get() {
    //> phase 4: what must the reader see besides the reference?
    return (T) CURRENT.getAcquire(this);
    //< phase 4
  }

  /**
   * Replaces the version by what is made of it, and returns the new one. The function may be asked
   * more than once, for versions that others have put in meanwhile.
   */
  public T update(UnaryOperator<T> change) {
    //> phase 4: what if somebody has replaced the version that you copied?
    T old;
    T made;
    do {
      old = get();
      made = Objects.requireNonNull(change.apply(old));
    } while (!swap(old, made));
    return made;
    //< phase 4
  }

  //> phase 4 only
  /** Volatile, so release: whoever gets the new version sees it whole. */
  private boolean swap(T old, T next) {
    return CURRENT.compareAndSet(this, old, next); //~ lastWins: current = next; return true;
  }
  //< phase 4
}
