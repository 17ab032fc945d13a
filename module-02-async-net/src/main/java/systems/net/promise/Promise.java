package systems.net.promise;

import systems.net.loop.Loop;

/**
 * The side that brings the value: whoever starts something that ends later keeps the promise and
 * hands out the {@link Future} that it is.
 *
 * <pre>{@code
 * Promise<Long> slept = new Promise<>(loop);
 * Timer timer = loop.schedule(nanos, () -> slept.succeed(loop.nanoTime()));
 * slept.onCancel(timer::cancel);
 * return slept;
 * }</pre>
 *
 * <p>It is completed once. That the second attempt is no error is on purpose: when a promise was
 * cancelled, the answer may be on its way already, and whoever brings it need not ask first.
 */
public final class Promise<T> extends Future<T> {
  public Promise(Loop loop) {
    super(loop);
  }

  /**
   * Completes it with a value, unless it is done. Only on the loop.
   *
   * @return whether this call did it
   */
  public boolean succeed(T value) {
    //> phase 2: and if it was cancelled a moment ago?
    requireTurn();
    return root().complete(present(value));
    //< phase 2
  }

  /**
   * Completes it with a failure, unless it is done. Only on the loop.
   *
   * @return whether this call did it
   */
  public boolean fail(Throwable cause) {
    //> phase 2: a failure is an outcome like another
    requireTurn();
    return root().complete(new Failure(cause));
    //< phase 2
  }

  /** Completes it like the other future, of the same loop, once that is done. */
  public void follow(Future<T> other) {
    //> phase 2: what if one of the two is done already?
    requireTurn();
    if (!isDone()) {
      root().become(other);
    }
    //< phase 2
  }

  /**
   * What to do if nobody wants the value any more, so that no work is done for nothing: abort the
   * socket, take back the timer. Runs at once if the promise was cancelled already, never if it is
   * done otherwise.
   */
  public void onCancel(Runnable hook) {
    //> phase 2: a hook may come after the cancellation that it waits for
    requireTurn();
    root().addHook(reason -> hook.run(), false);
    //< phase 2
  }
}
