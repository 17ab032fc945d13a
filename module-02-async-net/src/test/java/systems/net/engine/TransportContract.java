package systems.net.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.net.Effort;
import systems.net.loop.Timer;
import systems.net.loop.Transport;

/** What a transport promises its protocol: each of an engine's, after an upgrade of HTTP. */
abstract class TransportContract {
  private static final String UPGRADE =
      "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: test\r\n\r\n";
  private static final int LARGE_BYTES = 16 << 20;

  /** More than the system keeps for a peer that does not read. */
  private static final int ANSWER_BYTES = Effort.of(16 << 20, 6 << 20);

  @TempDir Path folder;
  final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private @Nullable Server server;

  abstract Engine engine();

  /** Null for plain bytes. */
  @Nullable Tls tls() {
    return null;
  }

  /** Whether a write blocks until the peer has taken it. */
  private boolean blocks() {
    return engine() == Engine.THREADS;
  }

  @AfterEach
  void close() {
    if (server != null) {
      server.close();
    }
  }

  /** Connects, and gives the connection to the protocol. */
  RawHttp connect(Heard protocol, String behind, int receiveBytes) throws IOException {
    ServerSettings settings =
        ServerSettings.usual().with(engine()).withLoops(1).with(tls()).withFailures(failures::add);
    server = Server.start(settings, (request, response) -> response.upgrade(protocol));
    var peer = new RawHttp(server.address(), receiveBytes, tls());
    peer.send(UPGRADE + behind);
    assertThat(peer.read().status()).as("answer to the upgrade").isEqualTo(101);
    protocol.transport();
    return peer;
  }

  RawHttp connect(Heard protocol) throws IOException {
    return connect(protocol, "", 0);
  }

  private static void send(Transport transport, String text) {
    transport.write(text.getBytes(ISO_8859_1), 0, text.length());
    transport.flush();
  }

  private static byte[] pattern(int length) {
    var bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) ('A' + i % 59);
    }
    return bytes;
  }

  // ---- input

  @Test
  void bytesBehindTheUpgradeAreTheNewProtocolsFirst() throws IOException {
    var heard = new Heard();
    try (var _ = connect(heard, "first", 0)) {
      EngineContract.until("the bytes", () -> heard.text().equals("first"));
      assertThat(heard.calls).containsExactly("connected", "receive");
    }
  }

  @Test
  void whatIsNotTakenComesAgainInFrontOfWhatIsNew() throws IOException {
    var lines = new CopyOnWriteArrayList<String>();
    var heardParts = new AtomicInteger();
    var heard =
        new Heard() {
          @Override
          int onReceive(byte[] bytes, int from, int to) {
            heardParts.incrementAndGet();
            int at = from;
            for (int i = from; i < to; i++) {
              if (bytes[i] == '\n') {
                lines.add(new String(bytes, at, i - at, ISO_8859_1));
                at = i + 1;
              }
            }
            return at - from;
          }
        };
    String longLine = "x".repeat(100_000);
    try (var peer = connect(heard)) {
      peer.send("on");
      EngineContract.until("the first part", () -> heardParts.get() > 0);
      for (String part : List.of("e\ntwo", "\n\nfo", "u", "r\n" + longLine, "\n", "end\n")) {
        peer.send(part);
      }
      EngineContract.until("six lines", () -> lines.size() == 6);
      assertThat(lines.getFirst()).as("what came in two parts").isEqualTo("one");
      assertThat(lines).containsExactly("one", "two", "", "four", longLine, "end");
    }
  }

  @Test
  void whatIsNeverTakenIsBounded() throws IOException {
    var heard =
        new Heard() {
          @Override
          int onReceive(byte[] bytes, int from, int to) {
            return 0;
          }
        };
    try (var peer = connect(heard)) {
      try {
        peer.send(new byte[4 << 20]);
      } catch (IOException reset) {
        // before all of it was sent
      }
      assertThat(Heard.await(heard.closed)).contains("bytes untaken");
    }
  }

  @Test
  void pausedNothingIsDeliveredAndResumingBringsAll() throws IOException {
    var heard = new Heard();
    try (var peer = connect(heard)) {
      heard.onLoop(() -> heard.transport().pauseReading());
      peer.send("while paused");
      heard.onLoop(() -> {});
      heard.onLoop(() -> assertThat(heard.calls).doesNotContain("receive"));
      heard.onLoop(() -> heard.transport().resumeReading());
      EngineContract.until("the bytes", () -> heard.text().equals("while paused"));
    }
  }

  @Test
  void whatWasLeftComesAgainAfterAPause() throws IOException {
    var heard =
        new Heard() {
          private boolean again;

          @Override
          int onReceive(byte[] bytes, int from, int to) {
            if (!again) {
              again = true;
              transport().pauseReading();
              return 0;
            }
            return super.onReceive(bytes, from, to);
          }
        };
    try (var peer = connect(heard)) {
      peer.send("x");
      EngineContract.until("the first call", () -> heard.calls.contains("receive"));
      heard.onLoop(() -> assertThat(heard.text()).isEmpty());
      heard.onLoop(() -> heard.transport().resumeReading());
      EngineContract.until("the byte again", () -> heard.text().equals("x"));
    }
  }

  @Test
  void theEndOfInputWaitsForResume() throws IOException {
    var heard = new Heard();
    try (var peer = connect(heard)) {
      heard.onLoop(() -> heard.transport().pauseReading());
      peer.send("last").sendNoMore();
      heard.onLoop(() -> {});
      heard.onLoop(() -> assertThat(heard.calls).containsExactly("connected"));
      heard.onLoop(() -> heard.transport().resumeReading());
      EngineContract.until("the end", () -> heard.calls.contains("inputEnded"));
      assertThat(heard.text()).isEqualTo("last");
    }
  }

  @Test
  void theNextProtocolGetsWhatTheOldOneLeft() throws IOException {
    var next = new Heard();
    var first =
        new Heard() {
          @Override
          int onReceive(byte[] bytes, int from, int to) {
            if (to - from < 7) {
              return 0;
            }
            transport().become(next);
            return super.onReceive(bytes, from, from + 4);
          }
        };
    try (var peer = connect(first)) {
      peer.send("old!new");
      EngineContract.until("the rest", () -> next.text().equals("new"));
      peer.send("er");
      EngineContract.until("what came later", () -> next.text().equals("newer"));
      assertThat(first.text()).isEqualTo("old!");
      assertThat(next.calls).startsWith("connected", "receive");
      peer.reset();
      Heard.await(next.closed);
      assertThat(first.calls).as("the old one after the change").doesNotContain("closed");
    }
  }

  // ---- output

  @Test
  void finishIsTheEndOfOneDirection() throws IOException {
    var heard = new Heard();
    try (var peer = connect(heard)) {
      heard.onLoop(() -> {
        send(heard.transport(), "all");
        heard.transport().finish();
        send(heard.transport(), "too late");
      });
      assertThat(new String(peer.rest(), ISO_8859_1)).isEqualTo("all");
      peer.send("still").sendNoMore();
      assertThat(Heard.await(heard.closed)).as("cause of an orderly end").isEqualTo("null");
      assertThat(heard.text()).isEqualTo("still");
      assertThat(heard.calls).containsExactly("connected", "receive", "inputEnded", "closed");
    }
  }

  @Test
  void whoFinishesAfterThePeerEndsInOrder() throws IOException {
    var heard =
        new Heard() {
          @Override
          void onInputEnded() {
            send(transport(), "answer");
            transport().finish();
          }
        };
    try (var peer = connect(heard)) {
      peer.send("question").sendNoMore();
      assertThat(new String(peer.rest(), ISO_8859_1)).isEqualTo("answer");
      assertThat(Heard.await(heard.closed)).as("cause of an orderly end").isEqualTo("null");
      assertThat(heard.calls).endsWith("inputEnded", "closed");
    }
  }

  @Test
  void aFileGoesInItsPlaceAndIsClosed() throws IOException {
    byte[] content = pattern(3_000_000);
    FileChannel file = FileChannel.open(Files.write(folder.resolve("file"), content));
    var heard = new Heard();
    try (var peer = connect(heard)) {
      Heard.await(
          connectedAnd(
              heard,
              () -> {
                Transport transport = heard.transport();
                transport.write("head ".getBytes(ISO_8859_1), 0, 5);
                transport.writeFile(file, 1_000_000, 1_500_000);
                transport.write(" tail".getBytes(ISO_8859_1), 0, 5);
                transport.finish();
              }));
      String got = new String(peer.rest(), ISO_8859_1);
      assertThat(got).hasSize(1_500_010).startsWith("head ").endsWith(" tail");
      String expected = new String(content, 1_000_000, 1_500_000, ISO_8859_1);
      assertThat(got.startsWith(expected, 5)).as("whether the file's bytes came").isTrue();
      EngineContract.until("the file was closed", () -> !file.isOpen());
    }
  }

  /** The task has been begun; it may block until the peer reads. */
  private static CompletableFuture<Boolean> connectedAnd(Heard heard, Runnable task) {
    var begun = new CompletableFuture<Boolean>();
    heard
        .transport()
        .loop()
        .execute(() -> {
          begun.complete(true);
          task.run();
        });
    return begun;
  }

  @Test
  void aFileThatIsTooShortBreaksTheConnection() throws IOException {
    FileChannel file = FileChannel.open(Files.write(folder.resolve("file"), new byte[10]));
    var heard = new Heard();
    try (var peer = connect(heard)) {
      heard.onLoop(() -> {
        heard.transport().writeFile(file, 0, 100);
        heard.transport().flush();
      });
      assertThat(Heard.await(heard.closed)).contains("before its promised length");
      peer.rest();
      assertThat(file.isOpen()).isFalse();
    }
  }

  @Test
  void aFileOfAnEndedConnectionIsClosed() throws IOException {
    FileChannel file = FileChannel.open(Files.write(folder.resolve("file"), new byte[10]));
    var heard = new Heard();
    try (var _ = connect(heard)) {
      heard.onLoop(() -> {
        heard.transport().abort();
        heard.transport().writeFile(file, 0, 10);
      });
      assertThat(file.isOpen()).isFalse();
    }
  }

  @Test
  void whoIsStoppedIsToldWhenThereIsRoom() throws IOException {
    assumeFalse(blocks(), "on a virtual thread the write itself waits");
    var heard = new Heard();
    byte[] large = pattern(LARGE_BYTES);
    try (var peer = connect(heard, "", 64 << 10)) {
      heard.onLoop(() -> {
        Transport transport = heard.transport();
        transport.write(large, 0, large.length);
        transport.flush();
        assertThat(transport.isWritable()).isFalse();
        assertThat(transport.queuedBytes()).isGreaterThan(Transport.HIGH_WATER);
      });
      heard.onLoop(() -> assertThat(heard.calls).doesNotContain("writable"));
      assertThat(peer.read(LARGE_BYTES).equals(new String(large, ISO_8859_1)))
          .as("whether all bytes came, in their order")
          .isTrue();
      EngineContract.until("room", () -> heard.calls.contains("writable"));
      heard.onLoop(() -> assertThat(heard.transport().isWritable()).isTrue());
      assertThat(heard.calls).containsExactly("connected", "writable");
    }
  }

  @Test
  void aFileIsNotReadFasterThanThePeerReads() throws IOException {
    assumeFalse(blocks(), "on a virtual thread the write itself waits");
    FileChannel file = FileChannel.open(Files.write(folder.resolve("f"), new byte[LARGE_BYTES]));
    var heard = new Heard();
    try (var peer = connect(heard, "", 64 << 10)) {
      heard.onLoop(() -> {
        heard.transport().writeFile(file, 0, LARGE_BYTES);
        heard.transport().flush();
      });
      heard.onLoop(
          () -> assertThat(heard.transport().queuedBytes()).isGreaterThan(LARGE_BYTES / 4));
      assertThat(file.isOpen()).as("the file, most of which waits").isTrue();
      peer.read(LARGE_BYTES / 2);
      var less = new AtomicBoolean();
      EngineContract.until(
          "what is queued became less, though the file is not over",
          () -> {
            heard.onLoop(
                () -> less.set(heard.transport().queuedBytes() < LARGE_BYTES / 2 + (1 << 20)));
            return less.get();
          });
      peer.read(LARGE_BYTES / 2);
      EngineContract.until("the file was closed", () -> !file.isOpen());
    }
  }

  @Test
  void aLongAnswerReachesAPeerThatHasEndedWhileReadingWasPaused() throws IOException {
    var heard = new Heard();
    byte[] large = pattern(ANSWER_BYTES);
    try (var peer = connect(heard, "", 64 << 10)) {
      heard.onLoop(() -> heard.transport().pauseReading());
      peer.send("x").sendNoMore();
      Heard.await(
          connectedAnd(
              heard,
              () -> {
                heard.transport().resumeReading();
                heard.transport().write(large, 0, large.length);
                heard.transport().finish();
              }));
      assertThat(peer.rest().length).isEqualTo(ANSWER_BYTES);
      assertThat(Heard.await(heard.closed)).isEqualTo("null");
    }
  }

  @Test
  void aLongAnswerReachesAPeerThatHasEnded() throws IOException {
    var heard =
        new Heard() {
          @Override
          void onInputEnded() {
            byte[] large = pattern(ANSWER_BYTES);
            transport().write(large, 0, large.length);
            transport().finish();
          }
        };
    try (var peer = connect(heard, "", 64 << 10)) {
      peer.send("x").sendNoMore();
      assertThat(peer.rest().length).isEqualTo(ANSWER_BYTES);
      assertThat(Heard.await(heard.closed)).isEqualTo("null");
    }
  }

  // ---- the end

  @Test
  void abortIsToldLaterAndOnce() throws IOException {
    var heard =
        new Heard() {
          @Override
          int onReceive(byte[] bytes, int from, int to) {
            transport().abort();
            transport().abort();
            calls.add("after abort");
            send(transport(), "nobody hears this");
            transport().finish();
            return to - from;
          }
        };
    try (var peer = connect(heard)) {
      peer.send("x");
      assertThat(Heard.await(heard.closed)).isEqualTo("null");
      assertThat(peer.rest()).isEmpty();
      heard.onLoop(() ->
          assertThat(heard.calls).containsExactly("connected", "receive", "after abort", "closed"));
    }
  }

  @Test
  void anAbortWhileReadingIsPausedLetsTheConnectionGo() throws IOException {
    var heard =
        new Heard() {
          @Override
          int onReceive(byte[] bytes, int from, int to) {
            transport().pauseReading();
            return to - from;
          }
        };
    try (var peer = connect(heard)) {
      peer.send("x");
      EngineContract.until("the byte", () -> heard.calls.contains("receive"));
      heard.onLoop(() -> assertThat(standing()).isEqualTo(1));
      heard.onLoop(() -> heard.transport().abort());
      assertThat(Heard.await(heard.closed)).isEqualTo("null");
      EngineContract.until("an aborted connection is gone", () -> standing() == 0);
    }
  }

  private int standing() {
    return server == null ? 0 : server.connections();
  }

  @Test
  void whatAProtocolThrowsResetsItsConnectionAndIsReported() throws IOException {
    var heard =
        new Heard() {
          @Override
          int onReceive(byte[] bytes, int from, int to) {
            throw new IllegalStateException("boom of a protocol");
          }
        };
    try (var peer = connect(heard)) {
      peer.send("x");
      assertThat(Heard.await(heard.closed)).contains("boom of a protocol");
      assertThat(peer.ending()).as("what the peer sees").contains("reset");
      assertThat(failures).anyMatch(thrown -> thrown.toString().contains("boom of a protocol"));
    }
  }

  @Test
  void aResetOfThePeerIsACause() throws IOException {
    var heard = new Heard();
    try (var peer = connect(heard)) {
      peer.send("x");
      EngineContract.until("the byte", () -> heard.size() == 1);
      peer.reset();
      assertThat(Heard.await(heard.closed)).contains("reset");
      assertThat(heard.calls).containsExactly("connected", "receive", "closed");
    }
  }

  @Test
  void aResetIsNoticedByWhoWritesWhileReadingIsPaused() throws IOException {
    var heard =
        new Heard() {
          @Override
          int onReceive(byte[] bytes, int from, int to) {
            transport().pauseReading();
            return super.onReceive(bytes, from, to);
          }
        };
    try (var peer = connect(heard)) {
      peer.send("x");
      EngineContract.until("the byte", () -> heard.size() == 1);
      peer.reset();
      byte[] bytes = new byte[100_000];
      EngineContract.until(
          "the end",
          () -> {
            heard.onLoop(() -> {
              heard.transport().write(bytes, 0, bytes.length);
              heard.transport().flush();
            });
            return heard.closed.isDone();
          });
      EngineContract.until("nobody stands", () -> server().connections() == 0);
    }
  }

  private Server server() {
    assert server != null;
    return server;
  }

  // ---- the loop

  @Test
  void tasksOfOneThreadKeepTheirOrderAndNeverRunInsideTheCall() throws IOException {
    var heard = new Heard();
    try (var _ = connect(heard)) {
      var loop = heard.transport().loop();
      var ran = new ArrayList<Integer>();
      for (int i = 0; i < 1_000; i++) {
        int n = i;
        loop.execute(() -> {
          assertThat(loop.inLoop()).isTrue();
          ran.add(n);
        });
      }
      heard.onLoop(() -> {
        int before = ran.size();
        loop.execute(() -> ran.add(1_000));
        assertThat(ran).as("inside execute").hasSize(before);
      });
      heard.onLoop(() -> {});
      assertThat(ran).hasSize(1_001).isSorted();
    }
  }

  @Test
  void tasksRunAlsoWhenTheConnectionHasEnded() throws IOException {
    var heard = new Heard();
    try (var _ = connect(heard)) {
      heard.onLoop(() -> heard.transport().abort());
      Heard.await(heard.closed);
      heard.onLoop(() -> {
        send(heard.transport(), "to nobody");
        heard.transport().wakeAt(0);
      });
      assertThat(heard.calls).containsExactly("connected", "closed");
    }
  }

  @Test
  void whatATaskThrowsIsReportedAndTheConnectionGoesOn() throws IOException {
    var heard = new Heard();
    try (var peer = connect(heard)) {
      heard
          .transport()
          .loop()
          .execute(() -> {
            throw new IllegalArgumentException("of a task");
          });
      peer.send("x");
      EngineContract.until("the byte", () -> heard.size() == 1);
      EngineContract.until("the report", () -> !failures.isEmpty());
      assertThat(failures).singleElement().asString().contains("of a task");
    }
  }

  @Test
  void aTimerThatWasTakenBackDoesNotRun() throws IOException {
    var heard = new Heard();
    try (var _ = connect(heard)) {
      var ran = new CopyOnWriteArrayList<String>();
      var over = new CompletableFuture<Boolean>();
      heard.onLoop(() -> {
        var loop = heard.transport().loop();
        Timer due = loop.schedule(0, () -> ran.add("taken back"));
        loop.schedule(2_000_000, () -> over.complete(ran.add("later")));
        long until = System.nanoTime() + 5_000_000;
        while (System.nanoTime() - until < 0) {
          Thread.onSpinWait(); // its time has come while this task holds the loop
        }
        assertThat(due.cancel()).isTrue();
        assertThat(due.cancel()).isFalse();
      });
      Heard.await(over);
      assertThat(ran).containsExactly("later");
    }
  }

  @Test
  void wakeComesOnceAndALaterTimeReplacesIt() throws IOException {
    var heard = new Heard();
    try (var _ = connect(heard)) {
      var early = new AtomicBoolean();
      var time = new CompletableFuture<Long>();
      heard.onLoop(() -> {
        long now = heard.transport().loop().nanoTime();
        heard.transport().wakeAt(now + 2_000_000);
        heard.transport().wakeAt(now + 20_000_000);
        time.complete(now + 20_000_000);
      });
      EngineContract.until(
          "the wake-up",
          () -> {
            boolean woken = heard.calls.contains("wake");
            early.compareAndSet(false, woken && System.nanoTime() - time.join() < 0);
            return woken;
          });
      assertThat(early).as("woken at the time that was replaced").isFalse();
      assertThat(heard.calls).containsExactly("connected", "wake");
    }
  }
}
