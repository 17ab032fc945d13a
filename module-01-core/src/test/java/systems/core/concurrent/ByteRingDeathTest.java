package systems.core.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.core.Effort;

/**
 * Writers and readers that die: once at each single store, by an error that nobody catches, and
 * then for real, by SIGKILL in another process.
 */
@Tag("phase-4")
class ByteRingDeathTest {
  private static final long CAPACITY = 64;
  private static final int BYTES_MAX = 24;
  private static final int RECORDS = 12;

  @TempDir Path folder;

  private static final class Killed extends Error {
    private static final long serialVersionUID = 1;
  }

  /** Does so many stores and dies before the next one. A byte of a payload is a store. */
  private static final class Mortal extends RingWriter {
    private int storesLeft;

    Mortal(ByteRing ring, int storesLeft) throws IOException {
      super(ring, ring.writerSeat());
      this.storesLeft = storesLeft;
    }

    private void step() {
      if (storesLeft-- == 0) {
        throw new Killed();
      }
    }

    @Override
    void putHeader(long at, int length) {
      step();
      super.putHeader(at, length);
    }

    @Override
    void putPayload(long at, MemorySegment source, long from, int length) {
      int possible = Math.min(length, storesLeft);
      super.putPayload(at, source, from, possible);
      storesLeft -= possible;
      if (possible < length) {
        throw new Killed();
      }
    }

    @Override
    void publish(long end) {
      step();
      super.publish(end);
    }
  }

  /** Offers records from a number on, reading when there is no room; returns how many are in. */
  private static long write(RingWriter writer, RingReader reader, long first, List<Long> read)
      throws IOException {
    long next = first;
    try {
      while (next < RECORDS) {
        if (writer.offer(NumberedRecord.of(next, BYTES_MAX))) {
          next++;
        } else {
          readOne(reader, read);
        }
      }
    } catch (Killed e) {
      // its stores stay where they are
    }
    return next;
  }

  private static boolean readOne(RingReader reader, List<Long> read) throws IOException {
    byte[] record = reader.poll();
    if (record == null) {
      return false;
    }
    assertThat(record.length)
        .as("bytes of a record that the writer has published")
        .isGreaterThanOrEqualTo(Long.BYTES);
    long number = NumberedRecord.number(record);
    assertThat(record)
        .as("the record that says that it is number %d", number)
        .isEqualTo(NumberedRecord.of(number, BYTES_MAX));
    read.add(number);
    return true;
  }

  private static List<Long> upTo(long end) {
    return java.util.stream.LongStream.range(0, end).boxed().toList();
  }

  @Test
  void whereverAWriterDiesItsWholeRecordsAreReadAndTheNextOneGoesOn() throws IOException {
    boolean died = true;
    for (int stores = 0; died; stores++) {
      Path file = folder.resolve("ring-" + stores);
      List<Long> read = new ArrayList<>();
      try (var ring = ByteRing.create(file, CAPACITY);
          var reader = ring.reader()) {
        long written;
        try (var writer = new Mortal(ring, stores)) {
          written = write(writer, reader, 0, read);
          died = written < RECORDS;
        }
        while (readOne(reader, read)) {}
        assertThat(read)
            .as("what is read of a writer that died after %d stores", stores)
            .isEqualTo(upTo(written));
        try (var writer = ring.writer()) {
          write(writer, reader, written, read);
        }
        while (readOne(reader, read)) {}
        assertThat(read)
            .as("the same with what the next writer wrote, after %d stores", stores)
            .isEqualTo(upTo(RECORDS));
      }
      Files.delete(file);
    }
  }

  /** Dies after the work and before it says that it is done. */
  private static final class Forgotten extends RingReader {
    private int releasesLeft;

    Forgotten(ByteRing ring, int releasesLeft) throws IOException {
      super(ring, ring.readerSeat());
      this.releasesLeft = releasesLeft;
    }

    @Override
    void release(long end) {
      if (releasesLeft-- == 0) {
        throw new Killed();
      }
      super.release(end);
    }
  }

  @Test
  void aReaderThatDiesGetsOneRecordTwiceAndLosesNone() throws IOException {
    for (int releases = 0; releases < 5; releases++) {
      try (var ring = ByteRing.inMemory(1024);
          var writer = ring.writer()) {
        for (int n = 0; n < 6; n++) {
          writer.offer(NumberedRecord.of(n, BYTES_MAX));
        }
        List<Long> read = new ArrayList<>();
        try (var reader = new Forgotten(ring, releases)) {
          while (true) {
            reader.drain((memory, at, _) -> read.add(Long.reverseBytes(memory.get(LONG, at))), 1);
          }
        } catch (Killed e) {
          // what it has read it has read
        }
        assertThat(read).as("what the first reader saw").isEqualTo(upTo(releases + 1));
        read.removeLast();
        try (var reader = ring.reader()) {
          while (readOne(reader, read)) {}
        }
        assertThat(read).as("with what the second reader saw").isEqualTo(upTo(6));
      }
    }
  }

  private static final java.lang.foreign.ValueLayout.OfLong LONG =
      java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED.withOrder(java.nio.ByteOrder.LITTLE_ENDIAN);

  /** The other process: writes numbered records until it is killed. */
  public static final class Child {
    private Child() {}

    public static void main(String[] args) throws IOException {
      try (var ring = ByteRing.open(Path.of(args[0]));
          var writer = ring.writer()) {
        for (long number = Long.parseLong(args[1]); ; number++) {
          byte[] record = NumberedRecord.of(number, CHILD_BYTES_MAX);
          while (!writer.offer(record)) {
            Thread.onSpinWait();
          }
        }
      }
    }
  }

  private static final int CHILD_BYTES_MAX = 500;

  private Process child(Path file, long first) throws IOException {
    return new ProcessBuilder(
            ClassPath.java(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx64m",
            "-cp",
            ClassPath.ofThisRun(),
            Child.class.getName(),
            file.toString(),
            Long.toString(first))
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("child.txt").toFile())
        .start();
  }

  private void isAlive(Process child) throws IOException {
    if (!child.isAlive()) {
      throw new AssertionError(
          "the child ended by itself: "
              + Files.readString(folder.resolve("child.txt"), StandardCharsets.UTF_8));
    }
  }

  @Test
  void aProcessThatIsKilledInTheMiddleLeavesWholeRecordsInOrder() throws Exception {
    var random = new SplittableRandom(9);
    Path file = folder.resolve("pipe");
    long next = 0;
    try (var ring = ByteRing.create(file, 1 << 14);
        var reader = ring.reader()) {
      for (int life = 0; life < Effort.of(3, 2); life++) {
        Process child = child(file, next);
        try {
          long enough = next + 1_000 + random.nextInt(20_000);
          while (next < enough) {
            long now = readAll(reader, next);
            if (now == next) {
              isAlive(child);
              Thread.onSpinWait();
            }
            next = now;
          }
          assertThatThrownBy(ring::writer)
              .as("a second writer while the other process lives")
              .isInstanceOf(BusyRingException.class);
          child.destroyForcibly(); // SIGKILL
          child.waitFor();
        } finally {
          child.destroyForcibly();
        }
        next = readAll(reader, next);
      }
      try (var writer = ring.writer()) { // the kernel has taken the lock back
        writer.offer(NumberedRecord.of(next, CHILD_BYTES_MAX));
      }
      assertThat(readAll(reader, next)).isEqualTo(next + 1);
    }
  }

  private static long readAll(RingReader reader, long first) throws IOException {
    long next = first;
    for (byte[] record; (record = reader.poll()) != null; next++) {
      assertThat(record)
          .as("record %d of a writer that may be dead", next)
          .isEqualTo(NumberedRecord.of(next, CHILD_BYTES_MAX));
    }
    return next;
  }
}
