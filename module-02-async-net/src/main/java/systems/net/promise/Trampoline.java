package systems.net.promise;

import org.jspecify.annotations.Nullable;

/**
 * A queue where a recursion would be.
 *
 * <pre>
 *   p completes -> its link runs -> q completes -> its link runs -> r ...      the stack grows
 *
 *   p completes: [link of p]            the outermost completion takes one step after the other;
 *                 runs, q completes:    one that happens inside a step only appends
 *                [link of q]
 *                 runs, r completes:
 *                [link of r]            the stack does not grow
 * </pre>
 *
 * <ol>
 *   <li>A step runs when the outermost completion comes to it, in the order in which steps became
 *       ready, and never inside another step.
 *   <li>When the outermost completion returns, all that follows from it has run.
 *   <li>Steps are linked by themselves; the queue allocates nothing.
 * </ol>
 *
 * <p>There is one for each thread that has a loop; a coroutine that has the turn uses that of its
 * loop's thread, and has its steps run there. A loop's own task queue would do too, but it is
 * bounded, may refuse, and would bring foreign tasks between a value and what waits for it.
 */
final class Trampoline {
  private static final ThreadLocal<Trampoline> OF_THREAD = ThreadLocal.withInitial(Trampoline::new);

  /** What is to be done because a promise was completed. */
  abstract static class Step {
    @Nullable Step nextStep;

    /** Must not throw. */
    abstract void run();
  }

  private @Nullable Step first;
  private @Nullable Step last;
  private boolean running;

  private Trampoline() {}

  static Trampoline ofThread() {
    Coroutine<?> coroutine = Coroutine.current();
    return coroutine == null ? OF_THREAD.get() : coroutine.trampoline();
  }

  static Trampoline ofPlatformThread() {
    return OF_THREAD.get();
  }

  void add(Step step) {
    assert step.nextStep == null && step != last : "a step is queued twice";
    if (last == null) {
      first = step;
    } else {
      last.nextStep = step;
    }
    last = step;
  }

  /** Runs all steps and what they add; inside a step, leaves them to the one who runs that. */
  void drain() {
    //> phase 2: who runs the steps that a step adds?
    if (running) { //~ recurses: if (first == null) {
      return;
    }
    Coroutine<?> coroutine = Coroutine.current();
    if (coroutine != null) {
      coroutine.call(this::drained); //~ callsBackElsewhere: assert coroutine.trampoline() == this;
      return;
    }
    running = true;
    try {
      for (Step step = poll(); step != null; step = poll()) {
        step.run();
      }
    } finally {
      running = false;
    }
    //< phase 2
  }

  private boolean drained() {
    drain();
    return true;
  }

  private @Nullable Step poll() {
    Step step = first;
    if (step != null) {
      first = step.nextStep;
      step.nextStep = null;
      if (first == null) {
        last = null;
      }
    }
    return step;
  }
}
