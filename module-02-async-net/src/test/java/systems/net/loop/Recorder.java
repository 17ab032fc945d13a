package systems.net.loop;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Writes down what happens to it, and does nothing about it unless a test makes it. */
class Recorder implements Protocol {
  final CompletableFuture<Transport> connected = new CompletableFuture<>();
  final CompletableFuture<String> closed = new CompletableFuture<>();

  /** The names of the calls, in order. */
  final List<String> calls = new CopyOnWriteArrayList<>();

  final ByteArrayOutputStream taken = new ByteArrayOutputStream();
  private boolean inside;

  /** The transport, once there is one; only for the loop. */
  @Nullable Transport transport;

  Transport transport() {
    return Await.value("the connection", connected);
  }

  Transport own() {
    if (transport == null) {
      throw new AssertionError("called before it was connected");
    }
    return transport;
  }

  String text() {
    synchronized (taken) {
      return taken.toString(StandardCharsets.ISO_8859_1);
    }
  }

  private void note(String call, Runnable then) {
    if (inside) {
      calls.add(call + " from inside another call");
    }
    inside = true;
    calls.add(call);
    try {
      then.run();
    } finally {
      inside = false;
    }
  }

  void onConnected() {}

  int onReceive(byte[] bytes, int from, int to) {
    synchronized (taken) {
      taken.write(bytes, from, to - from);
    }
    return to - from;
  }

  void onInputEnded() {}

  void onWritable() {}

  void onWake(long nowNanos) {}

  void onClosed(@Nullable Throwable cause) {}

  @Override
  public final void connected(Transport transport) {
    this.transport = transport;
    note("connected", this::onConnected);
    connected.complete(transport);
  }

  @Override
  public final int receive(byte[] bytes, int from, int to) {
    var count = new int[1];
    note("receive", () -> count[0] = onReceive(bytes, from, to));
    return count[0];
  }

  @Override
  public final void inputEnded() {
    note("inputEnded", this::onInputEnded);
  }

  @Override
  public final void writable() {
    note("writable", this::onWritable);
  }

  @Override
  public final void wake(long nowNanos) {
    note("wake", () -> onWake(nowNanos));
  }

  @Override
  public final void closed(@Nullable Throwable cause) {
    note("closed", () -> onClosed(cause));
    closed.complete(String.valueOf(cause));
  }
}
