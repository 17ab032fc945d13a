package systems.core.concurrent;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A queue without a bound for any number of threads.
 *
 * <pre>
 *   head                 tail
 *    v                    v
 *   [ dummy ] --> [ a ] --> [ b ] --> [ c ] --> null
 *                             '----------^
 *                             linked, but the tail does not know yet: anybody may move it on
 * </pre>
 *
 * <p>An offer needs two stores, the last node's link and the tail, and there is no compare-and-set
 * for two places. So the first one counts, and the second may be made by <em>any</em> thread that
 * finds it missing. This helping is what makes the queue lock-free: a thread that stops between its
 * two stores holds up nobody.
 *
 * <p>What always holds:
 *
 * <ol>
 *   <li>Head and tail lead to the last node, by links that are set once and never change.
 *   <li>The elements are those of the nodes behind the head. The node at the head is a dummy, its
 *       element has been taken; so the queue is never without a node, and offers and polls meet
 *       only when it is empty.
 *   <li>The tail may lie behind the head, when a poll is faster than the second store of an offer.
 *       It still leads to the last node, and the next offer moves it on.
 * </ol>
 *
 * <p>The ABA question is answered as in {@link TreiberStack}: by new nodes and the collector. The
 * paper has nodes from a pool, and therefore a counter beside each pointer, and a poll that never
 * lets the head pass the tail: a node behind the head could be somebody else's by then. Two checks
 * of the paper are missing here for that reason, and not because they were forgotten.
 *
 * <p>There is no bound, so this is the wrong queue between a fast producer and a slow consumer; it
 * is here for its algorithm. {@link MpmcRing} needs no memory an element, and says when it is full.
 *
 * <p>Source: M. Michael, M. Scott, "Simple, fast, and practical non-blocking and blocking
 * concurrent queue algorithms", PODC 1996.
 */
public final class MichaelScottQueue<E> {
  private static final VarHandle HEAD = reference(MichaelScottQueue.class, "head");
  private static final VarHandle TAIL = reference(MichaelScottQueue.class, "tail");
  private static final VarHandle NEXT = reference(Node.class, "next");

  private static VarHandle reference(Class<?> where, String name) {
    try {
      return MethodHandles.lookup().findVarHandle(where, name, Node.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  static final class Node<E> {
    @Nullable E element;
    volatile @Nullable Node<E> next;

    Node(@Nullable E element) {
      this.element = element;
    }
  }

  // Volatile: no access here is so frequent that a weaker mode could be felt beside its
  // compare-and-set, and the proof needs one order of head, tail and links.
  volatile Node<E> head;
  volatile Node<E> tail;

  /** An empty queue. */
  public MichaelScottQueue() {
    head = new Node<>(null);
    tail = head;
  }

  /** Puts an element at the end. */
  public void offer(E element) {
    //> phase 4: at which of the two stores is the element in the queue?
    var node = new Node<>(Objects.requireNonNull(element));
    while (true) {
      Node<E> last = tail;
      Node<E> next = last.next;
      if (next != null) {
        TAIL.compareAndSet(this, last, next); // another one's second store
      } else if (link(last, node)) {
        TAIL.compareAndSet(this, last, node); // if it fails, somebody has helped
        return;
      }
    }
    //< phase 4
  }

  //> phase 4 only
  private boolean link(Node<E> last, Node<E> node) {
    return NEXT.compareAndSet(last, null, node); //~ overwrites: last.next = node; return true;
  }

  //< phase 4

  /** Takes the first element; null if there is none. */
  public @Nullable E poll() {
    //> phase 4: which node do you remove, and whose element do you return?
    while (true) {
      Node<E> dummy = head;
      Node<E> first = dummy.next;
      if (first == null) {
        return null;
      }
      if (HEAD.compareAndSet(this, dummy, first)) {
        E element = first.element;
        first.element = null; //~ keepsTheTaken: assert first != dummy;
        return element;
      }
    }
    //< phase 4
  }
}
