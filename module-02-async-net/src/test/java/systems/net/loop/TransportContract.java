package systems.net.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** What every {@link Network} and its {@link Transport}s promise, to be asked of a world. */
final class TransportContract {
  private static final long TIMEOUT_NANOS = 5_000_000_000L;

  private TransportContract() {}

  static final List<Consumer<World>> ALL =
      List.of(
          TransportContract::bytesArriveWholeAndInOrder,
          TransportContract::whatIsNotTakenComesAgain,
          TransportContract::pausingStopsTheSenderAndResumingBringsTheRest,
          TransportContract::inputLeftWhilePausedComesAgain,
          TransportContract::finishIsTheEndOfOneDirection,
          TransportContract::abortEndsBoth,
          TransportContract::aProtocolThatThrowsIsReset,
          TransportContract::wakeComesOnceAndALaterOneReplacesIt,
          TransportContract::theNextProtocolGetsWhatWasNotTaken,
          TransportContract::filesGoInTheirPlace,
          TransportContract::aFileThatIsTooShortAborts,
          TransportContract::afterTheEndNothingHappens,
          TransportContract::whereNobodyListensOnlyClosedIsCalled);

  /** Takes a while. */
  static final List<Consumer<World>> LONG = List.of(TransportContract::whatIsNeverTakenIsBounded);

  /** Two ends, each with a recorder. */
  private record Ends(Loop clientLoop, Loop serverLoop, Recorder client, Recorder server) {
    Transport clientTransport() {
      return client.own();
    }

    Transport serverTransport() {
      return server.own();
    }
  }

  private static Ends connect(World world, Recorder client, Recorder server) {
    Loop clientLoop = world.loop("client");
    Loop serverLoop = world.loop("server");
    var listener = world.network(serverLoop).listen(world.anyPort(), () -> server);
    clientLoop.execute(
        () -> world.network(clientLoop).connect(listener.address(), TIMEOUT_NANOS, client));
    world.until("both ends", () -> client.connected.isDone() && server.connected.isDone());
    listener.close();
    return new Ends(clientLoop, serverLoop, client, server);
  }

  private static Ends connect(World world) {
    return connect(world, new Recorder(), new Recorder());
  }

  private static byte[] pattern(int length) {
    var bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) ('A' + i % 59);
    }
    return bytes;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static void send(Transport transport, String text) {
    transport.write(ascii(text), 0, text.length());
    transport.flush();
  }

  static void bytesArriveWholeAndInOrder(World world) {
    Ends ends = connect(world);
    byte[] bytes = pattern(100_000);
    world.run(
        ends.clientLoop,
        () -> {
          Transport transport = ends.clientTransport();
          for (int at = 0; at < bytes.length; at += 10_000) {
            transport.write(bytes, at, at + 10_000);
          }
          transport.flush();
        });
    world.until("all bytes", () -> ends.server.taken.size() >= bytes.length);
    assertThat(ends.server.text()).isEqualTo(new String(bytes, StandardCharsets.ISO_8859_1));
  }

  /** Takes lines only. */
  private static final class Lines extends Recorder {
    final List<String> lines = new CopyOnWriteArrayList<>();

    @Override
    int onReceive(byte[] bytes, int from, int to) {
      int at = from;
      for (int i = from; i < to; i++) {
        if (bytes[i] == '\n') {
          lines.add(new String(bytes, at, i - at, StandardCharsets.ISO_8859_1));
          at = i + 1;
        }
      }
      return at - from;
    }
  }

  static void whatIsNotTakenComesAgain(World world) {
    var lines = new Lines();
    Ends ends = connect(world, new Recorder(), lines);
    for (String part : List.of("on", "e\ntwo", "\n\nfo", "", "ur\n")) {
      world.run(ends.clientLoop, () -> send(ends.clientTransport(), part));
    }
    world.until("four lines", () -> lines.lines.size() == 4);
    assertThat(lines.lines).containsExactly("one", "two", "", "four");
  }

  static void pausingStopsTheSenderAndResumingBringsTheRest(World world) {
    Ends ends = connect(world);
    world.run(ends.serverLoop, () -> ends.serverTransport().pauseReading());
    byte[] bytes = pattern(world.moreThanWindowsBytes());
    long queued =
        world.on(
            ends.clientLoop,
            () -> {
              Transport transport = ends.clientTransport();
              transport.write(bytes, 0, bytes.length);
              transport.flush();
              return transport.queuedBytes();
            });
    assertThat(queued).as("bytes that no window has room for").isGreaterThan(Transport.HIGH_WATER);
    assertThat(world.on(ends.clientLoop, () -> ends.clientTransport().isWritable())).isFalse();
    assertThat(ends.server.text()).as("delivered while paused").isEmpty();
    world.run(ends.serverLoop, () -> ends.serverTransport().resumeReading());
    world.until("all bytes", () -> ends.server.taken.size() == bytes.length);
    world.until("room", () -> ends.client.calls.contains("writable"));
    assertThat(ends.client.calls).containsExactly("connected", "writable");
    assertThat(world.on(ends.clientLoop, () -> ends.clientTransport().isWritable())).isTrue();
    assertThat(ends.server.text()).isEqualTo(new String(bytes, StandardCharsets.ISO_8859_1));
  }

  static void inputLeftWhilePausedComesAgain(World world) {
    var once =
        new Recorder() {
          @Override
          int onReceive(byte[] bytes, int from, int to) {
            if (calls.size() == 2) {
              own().pauseReading();
              return 0;
            }
            return super.onReceive(bytes, from, to);
          }
        };
    Ends ends = connect(world, new Recorder(), once);
    world.run(ends.clientLoop, () -> send(ends.clientTransport(), "x"));
    world.until("the first call", () -> once.calls.size() == 2);
    assertThat(once.text()).isEmpty();
    world.run(ends.serverLoop, () -> ends.serverTransport().resumeReading());
    world.until("the byte again", () -> once.text().equals("x"));
  }

  static void finishIsTheEndOfOneDirection(World world) {
    Ends ends = connect(world);
    world.run(
        ends.clientLoop,
        () -> {
          send(ends.clientTransport(), "question");
          ends.clientTransport().finish();
        });
    world.until("the question's end", () -> ends.server.calls.contains("inputEnded"));
    assertThat(ends.server.text()).isEqualTo("question");
    world.run(
        ends.serverLoop,
        () -> {
          send(ends.serverTransport(), "answer");
          ends.serverTransport().finish();
        });
    world.until("both ends", () -> ends.server.closed.isDone() && ends.client.closed.isDone());
    assertThat(ends.client.text()).isEqualTo("answer");
    assertThat(ends.client.closed.join()).as("cause of an orderly end").isEqualTo("null");
    assertThat(ends.server.closed.join()).as("cause of an orderly end").isEqualTo("null");
    assertThat(ends.client.calls).endsWith("inputEnded", "closed");
  }

  static void abortEndsBoth(World world) {
    Ends ends = connect(world);
    world.run(ends.clientLoop, () -> ends.clientTransport().abort());
    world.until("the own end", ends.client.closed::isDone);
    assertThat(ends.client.calls).containsExactly("connected", "closed");
    world.until("the peer's news", () -> ends.server.calls.size() > 1);
    world.run(ends.serverLoop, () -> ends.serverTransport().finish());
    world.until("the peer's end", ends.server.closed::isDone);
  }

  static void aProtocolThatThrowsIsReset(World world) {
    var throwing =
        new Recorder() {
          @Override
          int onReceive(byte[] bytes, int from, int to) {
            throw new IllegalStateException("boom of a protocol");
          }
        };
    Ends ends = connect(world, new Recorder(), throwing);
    world.run(ends.clientLoop, () -> send(ends.clientTransport(), "x"));
    world.until("both ends", () -> throwing.closed.isDone() && ends.client.closed.isDone());
    assertThat(throwing.closed.join()).contains("boom of a protocol");
    assertThat(ends.client.closed.join()).as("the peer of who threw").contains("reset");
    assertThat(world.failures()).contains("boom of a protocol");
  }

  static void wakeComesOnceAndALaterOneReplacesIt(World world) {
    var woken = new CopyOnWriteArrayList<Long>();
    var server =
        new Recorder() {
          @Override
          void onWake(long nowNanos) {
            woken.add(nowNanos);
          }
        };
    Ends ends = connect(world, new Recorder(), server);
    long time =
        world.on(
            ends.serverLoop,
            () -> {
              long now = ends.serverLoop.nanoTime();
              ends.serverTransport().wakeAt(now + 3_000_000);
              ends.serverTransport().wakeAt(now + 9_000_000);
              return now + 9_000_000;
            });
    world.until("the wake-up", () -> !woken.isEmpty());
    assertThat(woken).hasSize(1).allMatch(now -> now - time >= 0, "not early");
  }

  static void theNextProtocolGetsWhatWasNotTaken(World world) {
    var next = new Recorder();
    var first =
        new Recorder() {
          @Override
          int onReceive(byte[] bytes, int from, int to) {
            if (to - from < 4) {
              return 0;
            }
            own().become(next);
            return super.onReceive(bytes, from, from + 4);
          }
        };
    Ends ends = connect(world, new Recorder(), first);
    world.run(ends.clientLoop, () -> send(ends.clientTransport(), "old!new"));
    world.until("the rest", () -> next.text().equals("new"));
    assertThat(first.text()).isEqualTo("old!");
    assertThat(next.calls).startsWith("connected", "receive");
    assertThat(first.calls).as("the old one after the change").doesNotContain("closed");
  }

  private static FileChannel file(byte[] content) {
    try {
      Path path = Files.createTempFile("transport", ".bin");
      Files.write(path, content);
      FileChannel channel = FileChannel.open(path);
      Files.delete(path);
      return channel;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  static void filesGoInTheirPlace(World world) {
    Ends ends = connect(world);
    byte[] content = pattern(50_000);
    FileChannel file = file(content);
    world.run(
        ends.clientLoop,
        () -> {
          Transport transport = ends.clientTransport();
          transport.write(ascii("head "), 0, 5);
          transport.writeFile(file, 10_000, 30_000);
          transport.write(ascii(" tail"), 0, 5);
          transport.finish();
        });
    world.until("the end", () -> ends.server.calls.contains("inputEnded"));
    String expected = new String(content, 10_000, 30_000, StandardCharsets.ISO_8859_1);
    assertThat(ends.server.text()).isEqualTo("head " + expected + " tail");
    assertThat(file.isOpen()).as("the file after it was sent").isFalse();
  }

  static void aFileThatIsTooShortAborts(World world) {
    Ends ends = connect(world);
    FileChannel file = file(new byte[10]);
    world.run(
        ends.clientLoop,
        () -> {
          ends.clientTransport().writeFile(file, 0, 100);
          ends.clientTransport().flush();
        });
    world.until("both ends", () -> ends.client.closed.isDone() && ends.server.closed.isDone());
    assertThat(ends.client.closed.join()).contains("before its promised length");
    assertThat(ends.server.closed.join()).as("the peer of half a file").contains("reset");
    assertThat(file.isOpen()).isFalse();
  }

  static void whatIsNeverTakenIsBounded(World world) {
    var miser =
        new Recorder() {
          @Override
          int onReceive(byte[] bytes, int from, int to) {
            return 0;
          }
        };
    Ends ends = connect(world, new Recorder(), miser);
    byte[] bytes = pattern(3 << 20);
    world.run(
        ends.clientLoop,
        () -> {
          ends.clientTransport().write(bytes, 0, bytes.length);
          ends.clientTransport().flush();
        });
    world.until("the end of who takes nothing", miser.closed::isDone);
    assertThat(miser.closed.join()).contains("untaken");
  }

  static void afterTheEndNothingHappens(World world) {
    Ends ends = connect(world);
    world.run(ends.clientLoop, () -> ends.clientTransport().abort());
    world.until("the end", ends.client.closed::isDone);
    FileChannel file = file(new byte[10]);
    world.run(
        ends.clientLoop,
        () -> {
          Transport transport = ends.clientTransport();
          send(transport, "x");
          transport.writeFile(file, 0, 10);
          transport.pauseReading();
          transport.resumeReading();
          transport.wakeAt(ends.clientLoop.nanoTime());
          transport.become(new Recorder());
          transport.finish();
          transport.abort();
        });
    assertThat(file.isOpen()).as("a file for a connection that has ended").isFalse();
    assertThat(ends.client.calls).containsExactly("connected", "closed");
    assertThat(world.on(ends.clientLoop, () -> ends.clientTransport().queuedBytes())).isZero();
  }

  static void whereNobodyListensOnlyClosedIsCalled(World world) {
    Loop loop = world.loop("client");
    var listener = world.network(loop).listen(world.anyPort(), Recorder::new);
    listener.close();
    listener.close();
    var client = new Recorder();
    world.run(loop, () -> world.network(loop).connect(listener.address(), TIMEOUT_NANOS, client));
    world.until("the refusal", client.closed::isDone);
    assertThat(client.calls).containsExactly("closed");
    assertThat(client.closed.join()).contains("ConnectException");
  }
}
