package systems.net.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.net.Effort;

/** Peers that read slowly, and protocols that do not want more just now. */
@Tag("phase-3")
class BackpressureTest {
  private static final byte[] BLOCK = numbered(64 << 10);

  private final CopyOnWriteArrayList<String> failures = new CopyOnWriteArrayList<>();
  private final EventLoop loop =
      EventLoop.start(
          LoopSettings.USUAL.withFailures(
              (where, cause) -> failures.add(where + ": " + cause.getMessage())),
          "loop");

  @AfterEach
  void endTheLoop() {
    loop.close();
  }

  private static byte[] numbered(int count) {
    var bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) (i * 31 >> 3);
    }
    return bytes;
  }

  private Peer peerOf(Protocol protocol) {
    return Peer.connect(loop.listen(Peer.anyPort(), () -> protocol).address(), 16 << 10);
  }

  /** Sends so many blocks as fast as it is allowed to, then ends. */
  private static class Source extends Recorder {
    private final int blocks;
    private int sent;
    long queuedMost;

    Source(int blocks) {
      this.blocks = blocks;
    }

    @Override
    void onConnected() {
      pump();
    }

    @Override
    void onWritable() {
      if (own().queuedBytes() > Transport.LOW_WATER) {
        calls.add("writable above the low water");
      }
      pump();
    }

    private void pump() {
      while (sent < blocks && own().isWritable()) {
        own().write(BLOCK, 0, BLOCK.length);
        sent++;
        queuedMost = Math.max(queuedMost, own().queuedBytes());
        own().flush();
      }
      if (sent == blocks) {
        own().finish();
      }
    }
  }

  private void awaitStopped(Source source) {
    Transport transport = source.transport();
    Await.until("the writer is stopped", () -> !Await.onLoop(loop, transport::isWritable));
  }

  @Test
  void aSlowReaderStopsTheWriterAndGetsAll() {
    int blocks = Effort.of(400, 100);
    var source = new Source(blocks);
    try (var peer = peerOf(source)) {
      awaitStopped(source);
      long queued = Await.onLoop(loop, () -> source.own().queuedBytes());
      assertThat(queued).isBetween(1L, (long) Transport.HIGH_WATER + BLOCK.length);
      for (int i = 0; i < blocks; i++) {
        assertThat(Arrays.equals(peer.read(BLOCK.length), BLOCK)).as("block %d", i).isTrue();
      }
      assertThat(peer.readToEnd()).as("behind the last block").isEmpty();
      assertThat(source.queuedMost)
          .as("bytes queued at most")
          .isLessThanOrEqualTo(Transport.HIGH_WATER + BLOCK.length);
      assertThat(source.calls).doesNotContain("writable above the low water");
      assertThat(source.calls).noneMatch(call -> call.contains("inside another"));
    }
  }

  @Test
  void theWriterIsToldToGoOnAtTheLowWaterAndOnce() {
    var queued = new CopyOnWriteArrayList<Long>();
    var protocol =
        new Recorder() {
          @Override
          void onConnected() {
            for (int i = 0; i < 300; i++) { // more than the system takes, whatever it says
              own().write(BLOCK, 0, BLOCK.length);
            }
            own().flush();
          }

          @Override
          void onWritable() {
            queued.add(own().queuedBytes());
          }
        };
    try (var peer = peerOf(protocol)) {
      assertThat(peer.read(300 * BLOCK.length)).hasSize(300 * BLOCK.length);
      Await.until("writable", () -> !queued.isEmpty());
      assertThat(queued).as("bytes queued when it was told").hasSize(1);
      assertThat(queued.getFirst()).isLessThanOrEqualTo(Transport.LOW_WATER);
    }
  }

  @Test
  void aPeerThatTakesNothingCostsNoTurns() {
    var source = new Source(1_000);
    try (var peer = peerOf(source)) {
      awaitStopped(source);
      long writes = loop.stats().writes();
      assertThat(Await.turnsWhileIdle(loop)).as("turns beside a full socket").isLessThan(10);
      assertThat(loop.stats().writes() - writes).as("write calls to a full socket").isLessThan(3);
      assertThat(peer.socket.isConnected()).isTrue();
    }
  }

  @Test
  void whenAllIsSentTheSelectorDoesNotWatchForRoomAnyMore() {
    var source =
        new Source(60) {
          @Override
          void onWritable() {
            // one burst only
          }
        };
    try (var peer = peerOf(source)) {
      awaitStopped(source);
      int read = 0;
      while (Await.onLoop(loop, () -> source.own().queuedBytes()) > 0) {
        read += peer.read(64 << 10).length;
      }
      // not before the system's own buffer is empty, too, would it say that there is room
      peer.read((int) loop.stats().bytesOut() - read);
      assertThat(Await.turnsWhileIdle(loop)).as("turns when all is sent").isLessThan(10);
    }
  }

  @Test
  void manySmallWritesAreOneSystemCall() {
    var protocol = new Recorder();
    try (var peer = peerOf(protocol)) {
      protocol.transport();
      long before = loop.stats().writes();
      Await.runOnLoop(
          loop,
          () -> {
            for (int i = 0; i < 100; i++) {
              protocol.own().write(BLOCK, i, i + 20);
            }
            protocol.own().flush();
          });
      assertThat(peer.read(2_000)).hasSize(2_000);
      assertThat(loop.stats().writes() - before).as("write calls").isEqualTo(1);
    }
  }

  @Test
  void nothingIsSentBeforeTheFlush() {
    var protocol = new Recorder();
    try (var peer = peerOf(protocol)) {
      protocol.transport();
      Await.runOnLoop(loop, () -> protocol.own().write(BLOCK, 0, 10));
      assertThat(Await.onLoop(loop, () -> protocol.own().queuedBytes())).isEqualTo(10);
      assertThat(loop.stats().bytesOut()).isZero();
      Await.runOnLoop(loop, () -> protocol.own().flush());
      assertThat(peer.read(10)).isEqualTo(Arrays.copyOf(BLOCK, 10));
      assertThat(Await.onLoop(loop, () -> protocol.own().queuedBytes())).isZero();
    }
  }

  @Test
  void oneReadForOneBatchOfRequests() {
    try (var peer = peerOf(new Echo())) {
      peer.send("x".repeat(1_000));
      assertThat(peer.read(1_000)).hasSize(1_000);
      LoopStats stats = Await.onLoop(loop, loop::stats);
      assertThat(stats.reads()).as("read calls").isEqualTo(1);
      assertThat(stats.writes()).as("write calls").isEqualTo(1);
    }
  }

  @Test
  void aPausedReaderStopsItsPeer() {
    var protocol =
        new Recorder() {
          @Override
          int onReceive(byte[] bytes, int from, int to) {
            own().pauseReading();
            return super.onReceive(bytes, from, to);
          }
        };
    try (var peer = peerOf(protocol)) {
      var sender = Thread.ofPlatform().daemon().start(() -> sendUntilClosed(peer));
      Await.until("the first bytes", () -> protocol.calls.contains("receive"));
      Await.until("the sender blocks in its write", () -> isStuck(sender));
      long read = loop.stats().bytesIn();
      assertThat(Await.turnsWhileIdle(loop)).as("turns while the reader pauses").isLessThan(10);
      assertThat(protocol.calls)
          .as("calls until it resumes")
          .containsExactly("connected", "receive");
      assertThat(loop.stats().bytesIn()).isEqualTo(read);
      Await.runOnLoop(loop, () -> protocol.own().resumeReading());
      Await.until("more after resuming", () -> loop.stats().bytesIn() > read);
    }
  }

  private static void sendUntilClosed(Peer peer) {
    try {
      while (true) {
        peer.send(BLOCK);
      }
    } catch (UncheckedIOException closed) {
      // the test is over
    }
  }

  /** A thread that is blocked in a native write is runnable to Java; its CPU time stands still. */
  private static boolean isStuck(Thread thread) {
    var threads = ManagementFactory.getThreadMXBean();
    long before = threads.getThreadCpuTime(thread.threadId());
    LockSupport.parkNanos(20_000_000);
    return threads.getThreadCpuTime(thread.threadId()) == before;
  }

  @Test
  void echoOfMuchToASlowReaderIsExactAndBounded() {
    int count = 32 << 20; // more than the systems of both keep for each other
    byte[] all = numbered(count);
    try (var peer = peerOf(new Echo())) {
      var sender =
          Thread.ofPlatform()
              .daemon()
              .start(() -> {
                peer.send(all);
                peer.endOutput();
              });
      Await.until(
          "the sender blocks in its write, and the echo waits too",
          () -> isStuck(sender) && Await.turnsWhileIdle(loop) < 10);
      assertThat(sender.isAlive()).as("whether the slow reader stops the sender").isTrue();
      byte[] back = peer.read(count);
      assertThat(Arrays.equals(back, all)).as("whether the echo is what was sent").isTrue();
      assertThat(peer.readToEnd()).isEmpty();
      Await.until("the sender's end", () -> !sender.isAlive());
    }
  }

  @Test
  void bytesThatWereNotTakenComeAgainInFrontOfTheNext() {
    var seen = new CopyOnWriteArrayList<String>();
    var protocol =
        new Recorder() {
          @Override
          int onReceive(byte[] bytes, int from, int to) {
            var text = new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
            seen.add(text);
            return text.lastIndexOf('\n') + 1;
          }
        };
    try (var peer = peerOf(protocol)) {
      peer.send("one\ntw");
      Await.until("the first part", () -> seen.size() == 1);
      peer.send("o");
      Await.until("the second part", () -> seen.size() == 2);
      peer.send("\nthree\nfo");
      Await.until("the third part", () -> seen.size() == 3);
      peer.send("ur\n");
      Await.until("the last part", () -> seen.size() == 4);
      assertThat(seen).containsExactly("one\ntw", "two", "two\nthree\nfo", "four\n");
    }
  }

  @Test
  void aConnectionWhoseProtocolTookAllKeepsNothing() {
    var protocol = new Lines();
    try (var peer = peerOf(protocol)) {
      var transport = (SocketTransport) protocol.transport();
      peer.send("a line and ha");
      Await.until("the bytes", () -> loop.stats().bytesIn() == 13);
      assertThat(Await.onLoop(loop, transport::heldCapacity)).as("bytes kept").isEqualTo(13);
      peer.send("lf\n");
      Await.until("the line", () -> protocol.lines.length() == 16);
      assertThat(Await.onLoop(loop, transport::heldCapacity)).as("bytes kept").isZero();
      peer.send("another line\n");
      Await.until("the next line", () -> protocol.lines.length() == 29);
      assertThat(Await.onLoop(loop, transport::heldCapacity)).as("bytes kept").isZero();
    }
  }

  /** Takes lines of any length, and adds up what it took. */
  private static final class Lines extends Recorder {
    final StringBuilder lines = new StringBuilder();

    @Override
    int onReceive(byte[] bytes, int from, int to) {
      int end = to;
      while (end > from && bytes[end - 1] != '\n') {
        end--;
      }
      lines.append(new String(bytes, from, end - from, StandardCharsets.ISO_8859_1));
      return end - from;
    }

    @Override
    void onInputEnded() {
      own().finish();
    }
  }

  @Test
  void linesOfAllLengthsAreWholeHoweverTheyArrive() {
    var protocol = new Lines();
    var expected = new StringBuilder();
    for (int n = 0; n < 120; n++) {
      expected.append("abcdefghij".repeat(n * n / 2)).append(n).append('\n');
    }
    try (var peer = peerOf(protocol)) {
      byte[] all = expected.toString().getBytes(StandardCharsets.ISO_8859_1);
      int step = 1;
      for (int at = 0; at < all.length; at += step, step = step * 3 % 50_021) {
        peer.send(Arrays.copyOfRange(all, at, Math.min(all.length, at + step)));
      }
      peer.endOutput();
      assertThat(Await.value("closed", protocol.closed)).isEqualTo("null");
      assertThat(protocol.lines.toString().equals(expected.toString()))
          .as("whether %d bytes came as they were sent", expected.length())
          .isTrue();
    }
  }

  @Test
  void whoTakesNothingForTooLongIsCutOff() {
    var protocol =
        new Recorder() {
          @Override
          int onReceive(byte[] bytes, int from, int to) {
            return 0;
          }
        };
    loop.close();
    try (var strict =
            EventLoop.start(
                LoopSettings.USUAL
                    .withReceiveBytesMax(10_000)
                    .withFailures((where, cause) -> failures.add(cause.getMessage())),
                "strict");
        var server = strict.listen(Peer.anyPort(), () -> protocol);
        var peer = Peer.connect(server.address())) {
      peer.send(Arrays.copyOf(BLOCK, 10_000));
      Await.until("10,000 bytes", () -> strict.stats().bytesIn() == 10_000);
      assertThat(Await.onLoop(strict, () -> strict.stats().open())).isEqualTo(1);
      peer.send("x");
      assertThat(Await.value("closed", protocol.closed))
          .contains("left 10001 bytes untaken, the limit is 10000");
      assertThat(peer.ending()).contains("reset");
    }
  }

  @Test
  void heldBytesComeAgainOnResumeAndTheEndAfterThem() {
    var protocol =
        new Recorder() {
          @Override
          int onReceive(byte[] bytes, int from, int to) {
            own().pauseReading();
            return super.onReceive(bytes, from, from + 1);
          }

          @Override
          void onInputEnded() {
            own().finish();
          }
        };
    try (var peer = peerOf(protocol)) {
      peer.send("abc");
      peer.endOutput();
      Await.until("the first byte", () -> protocol.text().equals("a"));
      Await.runOnLoop(
          loop,
          () -> {
            protocol.own().resumeReading();
            assertThat(protocol.text()).as("inside resumeReading").isEqualTo("a");
          });
      Await.until("the second byte", () -> protocol.text().equals("ab"));
      Await.runOnLoop(loop, () -> protocol.own().resumeReading());
      Await.until("the third byte", () -> protocol.text().equals("abc"));
      assertThat(protocol.calls).doesNotContain("inputEnded");
      Await.runOnLoop(loop, () -> protocol.own().resumeReading());
      assertThat(Await.value("closed", protocol.closed)).isEqualTo("null");
      assertThat(protocol.calls)
          .containsExactly("connected", "receive", "receive", "receive", "inputEnded", "closed");
    }
  }

  @Test
  void aProtocolMayMakeWayOutsideOfReceive() {
    var next = new Recorder();
    var first =
        new Recorder() {
          @Override
          int onReceive(byte[] bytes, int from, int to) {
            return 0;
          }
        };
    try (var peer = peerOf(first)) {
      peer.send("abc");
      Await.until("the bytes", () -> first.calls.contains("receive"));
      Await.runOnLoop(
          loop,
          () -> {
            first.own().become(next);
            assertThat(next.calls).as("inside become").isEmpty();
          });
      Await.until("what the first one left", () -> next.text().equals("abc"));
      assertThat(next.calls).containsExactly("connected", "receive");
    }
  }

  @Test
  void abortWithUnsentBytesIsAReset() {
    var source = new Source(1_000);
    try (var peer = peerOf(source)) {
      awaitStopped(source);
      Await.runOnLoop(
          loop,
          () -> {
            source.own().abort();
            assertThat(source.own().queuedBytes()).isZero();
            assertThat(source.own().isWritable()).isFalse();
          });
      assertThat(Await.value("closed", source.closed)).isEqualTo("null");
      assertThat(peer.ending()).as("what the peer sees behind what was sent").contains("reset");
    }
  }

  @Test
  void finishSendsAllThatIsQueuedFirst() {
    var protocol =
        new Recorder() {
          @Override
          void onConnected() {
            for (int i = 0; i < 200; i++) {
              own().write(BLOCK, 0, BLOCK.length);
            }
            own().finish();
            own().write(BLOCK, 0, BLOCK.length); // too late
          }
        };
    try (var peer = peerOf(protocol)) {
      for (int i = 0; i < 200; i++) {
        assertThat(Arrays.equals(peer.read(BLOCK.length), BLOCK)).as("block %d", i).isTrue();
      }
      assertThat(peer.readToEnd()).isEmpty();
      peer.endOutput();
      assertThat(Await.value("closed", protocol.closed)).isEqualTo("null");
    }
  }

  @Test
  void aResetWhileMuchIsQueuedGivesAllBack() {
    var source = new Source(1_000);
    var peer = peerOf(source);
    awaitStopped(source);
    peer.reset();
    assertThat(Await.value("closed", source.closed)).doesNotContain("null");
    assertThat(Await.onLoop(loop, () -> loop.pool().freeBlocks()))
        .isEqualTo((int) (Await.onLoop(loop, loop.pool()::directBytes) / BufferPool.BLOCK_BYTES));
    assertThat(failures).isEmpty();
  }

  @Test
  void aFileGoesOutBetweenTheBytesAroundIt(@TempDir Path folder) throws IOException {
    byte[] content = numbered(Effort.of(20 << 20, 5 << 20));
    Path path = Files.write(folder.resolve("file"), content);
    FileChannel file = FileChannel.open(path);
    var protocol =
        new Recorder() {
          @Override
          void onConnected() {
            own().write(BLOCK, 0, 100);
            own().writeFile(file, 10, content.length - 20);
            own().write(BLOCK, 0, 100);
            own().finish();
          }
        };
    try (var peer = peerOf(protocol)) {
      assertThat(Arrays.equals(peer.read(100), Arrays.copyOf(BLOCK, 100))).isTrue();
      byte[] body = peer.read(content.length - 20);
      assertThat(Arrays.mismatch(body, Arrays.copyOfRange(content, 10, content.length - 10)))
          .as("first byte of the file that differs")
          .isEqualTo(-1);
      assertThat(Arrays.equals(peer.read(100), Arrays.copyOf(BLOCK, 100))).isTrue();
      assertThat(peer.readToEnd()).isEmpty();
      assertThat(file.isOpen()).isFalse();
    }
  }

  @Test
  void aFileThatIsShorterThanPromisedAborts(@TempDir Path folder) throws IOException {
    Path path = Files.write(folder.resolve("file"), new byte[1_000]);
    FileChannel file = FileChannel.open(path);
    var protocol = new Recorder();
    try (var peer = peerOf(protocol)) {
      Transport transport = protocol.transport();
      Await.runOnLoop(
          loop,
          () -> {
            transport.writeFile(file, 0, 2_000);
            transport.flush();
          });
      assertThat(Await.value("closed", protocol.closed)).contains("promised length");
      assertThat(peer.ending()).contains("reset");
      assertThat(file.isOpen()).isFalse();
    }
  }

  private static final long MILLI = 1_000_000;

  @Test
  void theTimeThatWasAskedForComesOnce() {
    var protocol = new Recorder();
    try (var peer = peerOf(protocol)) {
      protocol.transport();
      Await.runOnLoop(loop, () -> protocol.own().wakeAt(loop.nanoTime() + MILLI));
      Await.until("the wake", () -> protocol.calls.contains("wake"));
      Await.runOnLoop(loop, () -> protocol.own().wakeAt(loop.nanoTime()));
      Await.until("the second wake", () -> protocol.calls.size() == 3);
      assertThat(protocol.calls).containsExactly("connected", "wake", "wake");
      assertThat(peer.socket.isConnected()).isTrue();
    }
  }

  @Test
  void aTimeThatIsMovedAwayDoesNotComeAtTheOldOne() {
    var protocol =
        new Recorder() {
          long askedFor;

          @Override
          void onWake(long nowNanos) {
            calls.add(nowNanos >= askedFor ? "not early" : "early");
          }

          @Override
          void onConnected() {
            own().wakeAt(loop.nanoTime() + 2 * MILLI);
            askedFor = loop.nanoTime() + 30 * MILLI;
            own().wakeAt(askedFor);
          }
        };
    try (var peer = peerOf(protocol)) {
      Await.until("the wake", () -> protocol.calls.contains("wake"));
      Await.runOnLoop(loop, () -> {});
      assertThat(protocol.calls).containsExactly("connected", "wake", "not early");
      assertThat(peer.socket.isConnected()).isTrue();
    }
  }

  @Test
  void aTimeThatIsMovedNearerComesAtTheNewOne() {
    var protocol = new Recorder();
    try (var peer = peerOf(protocol)) {
      protocol.transport();
      Await.runOnLoop(loop, () -> protocol.own().wakeAt(loop.nanoTime() + 3_600_000 * MILLI));
      Await.runOnLoop(loop, () -> protocol.own().wakeAt(loop.nanoTime() + MILLI));
      Await.until("the wake", () -> protocol.calls.contains("wake"));
      assertThat(peer.socket.isConnected()).isTrue();
    }
  }

  @Test
  void aTimeThatIsTakenBackDoesNotCome() {
    var protocol = new Recorder();
    var other = new Recorder();
    try (var peer = peerOf(protocol);
        var second = peerOf(other)) {
      protocol.transport();
      other.transport();
      Await.runOnLoop(
          loop,
          () -> {
            protocol.own().wakeAt(loop.nanoTime() + 2 * MILLI);
            protocol.own().wakeAt(Long.MAX_VALUE);
            other.own().wakeAt(loop.nanoTime() + 8 * MILLI);
          });
      Await.until("a later one", () -> other.calls.contains("wake"));
      assertThat(protocol.calls).containsExactly("connected");
      assertThat(peer.socket.isConnected() && second.socket.isConnected()).isTrue();
    }
  }

  @Test
  void whatWakeThrowsEndsTheConnectionOnly() {
    var protocol =
        new Recorder() {
          @Override
          void onWake(long nowNanos) {
            throw new IllegalStateException("overslept");
          }
        };
    try (var peer = peerOf(protocol)) {
      Transport transport = protocol.transport();
      Await.runOnLoop(loop, () -> transport.wakeAt(loop.nanoTime()));
      assertThat(Await.value("closed", protocol.closed)).contains("overslept");
      assertThat(peer.ending()).contains("reset");
      assertThat(Await.onLoop(loop, () -> true)).isTrue();
    }
  }

  @Test
  void requestsAllocateNothingInSteadyState() {
    try (var peer = peerOf(new Echo())) {
      int rounds = Effort.of(8_000, 2_000);
      byte[] request = numbered(120);
      echo(peer, request, rounds);
      long bytes = Long.MAX_VALUE;
      // the least of three: a pool may grow, or the JVM do something of its own
      for (int i = 0; i < 3; i++) {
        long before = Await.onLoop(loop, Allocation::soFar);
        echo(peer, request, rounds);
        bytes = Math.min(bytes, Await.onLoop(loop, Allocation::soFar) - before);
      }
      assertThat(bytes / rounds).as("bytes allocated for a request").isZero();
    }
  }

  private static void echo(Peer peer, byte[] request, int rounds) {
    for (int i = 0; i < rounds; i++) {
      peer.send(request);
      assertThat(peer.read(request.length)).hasSize(request.length);
    }
  }
}
