package systems.net.promise;

import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import systems.net.loop.Loop;

/** Runs when a future is cancelled, or whenever it is done. */
final class Hook extends Trampoline.Step {
  final Consumer<CancelledException> action;
  final boolean always;
  final Loop loop;
  @Nullable Hook next;
  @Nullable CancelledException reason;

  Hook(Consumer<CancelledException> action, boolean always, Loop loop) {
    this.action = action;
    this.always = always;
    this.loop = loop;
  }

  @Override
  void run() {
    assert reason != null;
    try {
      action.accept(reason);
    } catch (Throwable thrown) {
      rethrowOn(loop, thrown);
    }
  }

  /** What a callback has thrown comes out of a task of its own. */
  static void rethrowOn(Loop loop, Throwable thrown) {
    try {
      loop.execute(() -> {
        throw Hook.<RuntimeException>sneaky(thrown);
      });
    } catch (RejectedExecutionException ended) {
      thrown.addSuppressed(ended);
      throw Hook.<RuntimeException>sneaky(thrown);
    }
  }

  /** The throwable itself, for who may not declare it. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  static <X extends Throwable> X sneaky(Throwable thrown) throws X {
    throw (X) thrown;
  }
}
