package systems.net.engine;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import systems.net.Effort;
import systems.net.loop.Protocol;
import systems.net.loop.Transport;

/** A protocol that notes what it hears, and does what a test makes of it. */
class Heard implements Protocol {
  final CompletableFuture<Transport> connected = new CompletableFuture<>();
  final CompletableFuture<String> closed = new CompletableFuture<>();
  final List<String> calls = new CopyOnWriteArrayList<>();
  private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
  private boolean inside;

  /** Its connection; waits for it. */
  Transport transport() {
    return await(connected);
  }

  static <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(Effort.seconds(), TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("what was awaited did not come", e);
    }
  }

  /** Runs it on the connection's loop and waits until it has run. */
  void onLoop(Runnable task) {
    var done = new CompletableFuture<Boolean>();
    transport()
        .loop()
        .execute(() -> {
          try {
            task.run();
            done.complete(true);
          } catch (Throwable thrown) {
            done.completeExceptionally(thrown);
          }
        });
    await(done);
  }

  synchronized String text() {
    return taken.toString(StandardCharsets.ISO_8859_1);
  }

  synchronized int size() {
    return taken.size();
  }

  int onReceive(byte[] bytes, int from, int to) {
    synchronized (this) {
      taken.write(bytes, from, to - from);
    }
    return to - from;
  }

  void onInputEnded() {}

  private void enter(String call) {
    calls.add(inside ? call + " from inside another call" : call);
    inside = true;
  }

  @Override
  public void connected(Transport transport) {
    enter("connected");
    connected.complete(transport);
    inside = false;
  }

  @Override
  public int receive(byte[] bytes, int from, int to) {
    enter("receive");
    try {
      return onReceive(bytes, from, to);
    } finally {
      inside = false;
    }
  }

  @Override
  public void inputEnded() {
    enter("inputEnded");
    onInputEnded();
    inside = false;
  }

  @Override
  public void writable() {
    enter("writable");
    inside = false;
  }

  @Override
  public void wake(long nowNanos) {
    enter("wake");
    inside = false;
  }

  @Override
  public void closed(@Nullable Throwable cause) {
    enter("closed");
    closed.complete(String.valueOf(cause));
    inside = false;
  }
}
