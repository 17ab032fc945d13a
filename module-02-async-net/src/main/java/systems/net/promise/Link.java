package systems.net.promise;

import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What hangs on a future, in its list, and runs when that is done.
 *
 * <pre>
 *   source  first --&gt; link &lt;--&gt; link &lt;--&gt; link &lt;-- last
 *                      |          |          |
 *                   Onward     Callback   Onward          the target of an Onward knows its link
 *                      |                     |            as upstream, unless it has several
 *                    target                target
 * </pre>
 *
 * <p>A link is in the list ({@code attached}) until its source is done or it lets go; then it is a
 * step of the {@link Trampoline}, or nothing. It is taken out in constant time: one future that
 * lives long may have thousands who wait for it for a while.
 */
abstract sealed class Link<S> extends Trampoline.Step {
  final Future<S> source;
  @Nullable Link<S> next;
  @Nullable Link<S> previous;
  boolean attached;

  Link(Future<S> source) {
    this.source = source;
  }

  /** Lets go of the source; if this was the last who wanted it, that is cancelled. */
  void release(CancelledException reason) {
    //> phase 2: who else hangs on it, and may it have been done meanwhile?
    if (attached) {
      source.detach(this);
      if (source.hasNobody()) { //~ cancelsWhatOthersWant: if (!source.isDone()) {
        source.complete(new Future.Failure(reason));
      }
    }
    //< phase 2
  }

  /** Completes a target from the source's outcome. */
  static final class Onward<S, T> extends Link<S> {
    final Continuation<S, T> continuation;
    Future<T> target;

    Onward(Future<S> source, Future<T> target, Continuation<S, T> continuation) {
      super(source);
      this.target = target;
      this.continuation = continuation;
    }

    @Override
    void run() {
      //> phase 2: the target may be done by other means; and the function may throw
      Future<T> to = target.root();
      if (to.upstream == this) {
        to.upstream = null;
      }
      if (to.isDone()) {
        return;
      }
      try {
        continuation.goOn(source, to);
      } catch (Throwable thrown) {
        to.complete(new Future.Failure(thrown)); //~ letsItsFunctionThrow: throw thrown;
      }
      //< phase 2
    }
  }

  /** How the outcome of a source becomes that of a target. */
  @FunctionalInterface
  interface Continuation<S, T> {
    void goOn(Future<S> source, Future<T> target);
  }

  /** Tells somebody. */
  static final class Callback<S> extends Link<S> {
    final BiConsumer<? super @Nullable S, ? super @Nullable Throwable> callback;

    Callback(
        Future<S> source, BiConsumer<? super @Nullable S, ? super @Nullable Throwable> callback) {
      super(source);
      this.callback = callback;
    }

    @Override
    void run() {
      //> phase 2: who hears of what it throws?
      try {
        callback.accept(source.isFailed() ? null : source.value(), source.cause());
      } catch (Throwable thrown) {
        Hook.rethrowOn(source.loop(), thrown); //~ throwsAtTheCompleter: throw thrown;
      }
      //< phase 2
    }
  }
}
