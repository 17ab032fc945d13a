package systems.core.concurrent;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A stack without a bound for any number of threads: one reference that is swapped.
 *
 * <pre>
 *            push c                              pop
 *
 *   top ---------> b --> a            top --+      b --> a
 *          c ----> b                        +------------^
 *   top -> c       by compare-and-set   b is the caller's
 * </pre>
 *
 * <p>Lock-free: when a swap fails, another one has succeeded. Under contention most of the work is
 * thrown away, since all threads want the same word; a stack is no structure for throughput.
 *
 * <p><b>ABA.</b> A pop reads the top {@code A} and its successor {@code B}, and swaps A for B if
 * the top still is A. But "still" is not what a compare-and-set checks; it checks "again". If
 * others have meanwhile popped A and B, and pushed A once more, the swap succeeds, and makes a node
 * the top that is not in the stack.
 *
 * <p>Here it cannot happen, and the garbage collector is the reason. A node is made by each push
 * and never pushed again, and as long as a thread holds a reference to it, its memory is not
 * another node's. So if the top is A, it has been A all the time, and A's successor, which never
 * changes after the push, is right. The price is an allocation an element. Nodes from a pool bring
 * ABA back at once, and so do offsets into a segment, which the collector knows nothing of: {@link
 * TaggedStack} is for those.
 *
 * <p>Source: R. K. Treiber, "Systems programming: coping with parallelism", IBM RJ 5118, 1986.
 */
public final class TreiberStack<E> {
  private static final VarHandle TOP;

  static {
    try {
      TOP = MethodHandles.lookup().findVarHandle(TreiberStack.class, "top", Node.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private static final class Node<E> {
    final E element;
    @Nullable Node<E> next;

    Node(E element) {
      this.element = element;
    }
  }

  @SuppressWarnings("unused") // by its handle
  private volatile @Nullable Node<E> top;

  /** Puts an element on top. */
  public void push(E element) {
    //> phase 4: what must be written before the swap, and what if it fails?
    var node = new Node<>(element);
    do {
      // Acquire: our release hands on what we have seen, the nodes below included.
      node.next = top();
    } while (!swap(node.next, node));
    //< phase 4
  }

  /** Takes the element on top; null if there is none. */
  public @Nullable E pop() {
    //> phase 4: the top may be another one by now; which part must be done again?
    Node<E> node;
    do {
      node = top();
      if (node == null) {
        return null;
      }
    } while (!swap(node, node.next));
    return node.element;
    //< phase 4
  }

  //> phase 4 only
  /**
   * Release in both directions: a push shows its node, a pop hands on the nodes below. The weak
   * form may fail without a reason, and both callers are loops.
   */
  private boolean swap(@Nullable Node<E> from, @Nullable Node<E> to) {
    return TOP.weakCompareAndSetRelease(this, from, to); //~ cutsOff: top = to; return true;
  }

  @SuppressWarnings("unchecked")
  private @Nullable Node<E> top() {
    return (Node<E>) TOP.getAcquire(this);
  }
  //< phase 4
}
