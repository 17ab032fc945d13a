package systems.core.concurrent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.core.Effort;

class ByteRingTest {
  @TempDir Path folder;

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  @Tag("phase-4")
  void recordsComeOutAsTheyWentIn() throws IOException {
    try (var ring = ByteRing.inMemory(256);
        var writer = ring.writer();
        var reader = ring.reader()) {
      assertThat(reader.poll()).as("of an empty ring").isNull();
      assertThat(writer.offer(text("first"))).isTrue();
      assertThat(writer.offer(new byte[0])).isTrue();
      assertThat(writer.offer(text("the third one"))).isTrue();
      assertThat(reader.poll()).isEqualTo(text("first"));
      assertThat(reader.poll()).as("a record without bytes").isEmpty();
      assertThat(reader.poll()).isEqualTo(text("the third one"));
      assertThat(reader.poll()).isNull();
    }
  }

  /** Against a queue that is obviously right, with lengths that meet the end of the ring anyhow. */
  @Test
  @Tag("phase-4")
  void randomRecordsComeOutInOrderAcrossTheEndOfTheRing() throws IOException {
    var random = new SplittableRandom(4);
    for (long capacity = ByteRing.CAPACITY_MIN; capacity <= 4096; capacity *= 2) {
      try (var ring = ByteRing.inMemory(capacity);
          var writer = ring.writer();
          var reader = ring.reader()) {
        var model = new ArrayDeque<byte[]>();
        for (int i = 0; i < Effort.of(5_000, 2_000); i++) {
          byte[] record = new byte[random.nextInt(ring.payloadBytesMax() + 1)];
          random.nextBytes(record);
          if (writer.offer(record)) {
            model.add(record);
          } else {
            assertThat(model).as("a ring that takes nothing has something").isNotEmpty();
          }
          if (random.nextInt(3) == 0 && !model.isEmpty()) {
            assertThat(reader.poll())
                .as("record of a ring of %d bytes", capacity)
                .isEqualTo(model.remove());
          }
        }
        while (!model.isEmpty()) {
          assertThat(reader.poll()).isEqualTo(model.remove());
        }
        assertThat(reader.poll()).isNull();
      }
    }
  }

  @Test
  @Tag("phase-4")
  void theLongestRecordFitsIntoAnEmptyRingWhereverItStands() throws IOException {
    try (var ring = ByteRing.inMemory(128);
        var writer = ring.writer();
        var reader = ring.reader()) {
      byte[] longest = new byte[ring.payloadBytesMax()];
      for (int i = 0; i < 50; i++) {
        assertThat(writer.offer(new byte[i % 40])).isTrue();
        assertThat(reader.poll()).hasSize(i % 40);
        Arrays.fill(longest, (byte) i);
        assertThat(writer.offer(longest)).as("the longest record, round %d", i).isTrue();
        assertThat(reader.poll()).isEqualTo(longest);
      }
      assertThatThrownBy(() -> writer.offer(new byte[longest.length + 1]))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  @Tag("phase-4")
  void aFullRingTakesNothingUntilARecordIsGivenBack() throws IOException {
    try (var ring = ByteRing.inMemory(64);
        var writer = ring.writer();
        var reader = ring.reader()) {
      for (int i = 0; i < 4; i++) {
        assertThat(writer.offer(new byte[] {(byte) i})).isTrue();
      }
      assertThat(writer.offer(new byte[] {4})).as("four records of 16 bytes fill 64").isFalse();
      int shown =
          reader.drain(
              (memory, offset, length) -> {
                try {
                  assertThat(writer.offer(new byte[] {9}))
                      .as("room while the only record that could make it is being read")
                      .isFalse();
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              },
              1);
      assertThat(shown).isEqualTo(1);
      assertThat(writer.offer(new byte[] {4})).isTrue();
      for (int i = 1; i <= 4; i++) {
        assertThat(reader.poll()).containsExactly(i);
      }
    }
  }

  @Test
  @Tag("phase-4")
  void aReaderThatThrowsGetsTheRecordAgain() throws IOException {
    try (var ring = ByteRing.inMemory(64);
        var writer = ring.writer();
        var reader = ring.reader()) {
      writer.offer(text("a"));
      writer.offer(text("b"));
      assertThatThrownBy(() ->
              reader.drain(
                  (_, _, _) -> {
                    throw new IllegalStateException("not now");
                  },
                  2))
          .hasMessage("not now");
      assertThat(reader.poll()).isEqualTo(text("a"));
      assertThat(reader.poll()).isEqualTo(text("b"));
    }
  }

  @Test
  @Tag("phase-4")
  void aFileKeepsWhatNobodyHasRead() throws IOException {
    Path file = folder.resolve("ring");
    try (var ring = ByteRing.create(file, 1024);
        var writer = ring.writer()) {
      writer.offer(text("one"));
      writer.offer(text("two"));
      writer.offer(text("three"));
      try (var reader = ring.reader()) {
        assertThat(reader.poll()).isEqualTo(text("one"));
      }
    }
    try (var ring = ByteRing.open(file);
        var reader = ring.reader();
        var writer = ring.writer()) {
      assertThat(reader.poll()).isEqualTo(text("two"));
      writer.offer(text("four"));
      assertThat(reader.poll()).isEqualTo(text("three"));
      assertThat(reader.poll()).isEqualTo(text("four"));
    }
  }

  /** A ring between two threads that see nothing else of each other. */
  @Test
  @Tag("phase-4")
  void twoThreadsPassRecordsOfAllLengths() throws Exception {
    int records = Effort.of(300_000, 50_000);
    try (var ring = ByteRing.inMemory(4096);
        var crew = new Crew()) {
      crew.add(() -> {
        try (var writer = ring.writer()) {
          for (int n = 0; n < records; ) {
            if (writer.offer(NumberedRecord.of(n, 100))) {
              n++;
            } else {
              breathe();
            }
          }
        }
      });
      crew.add(() -> {
        try (var reader = ring.reader()) {
          for (int n = 0; n < records; ) {
            byte[] record = reader.poll();
            if (record == null) {
              breathe();
            } else {
              assertThat(record).isEqualTo(NumberedRecord.of(n++, 100));
            }
          }
        }
      });
      crew.run("the ring stands still");
    }
  }

  private static void breathe() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    Thread.yield();
  }

  @Test
  @Tag("given")
  void thereIsOneWriterAndOneReader() throws IOException {
    Path file = folder.resolve("ring");
    try (var ring = ByteRing.create(file, 1024);
        var memory = ByteRing.inMemory(1024)) {
      for (var each : new ByteRing[] {ring, memory}) {
        try (var writer = each.writer();
            var reader = each.reader()) {
          assertThat(writer).isNotEqualTo(reader);
          assertThatThrownBy(each::writer)
              .isInstanceOf(BusyRingException.class)
              .hasMessageContaining("has a writer already");
          assertThatThrownBy(each::reader).isInstanceOf(BusyRingException.class);
        }
        each.writer().close();
        each.reader().close();
      }
    }
  }

  @Test
  @Tag("given")
  void theSameFileOpenedTwiceHasOneWriterToo() throws IOException {
    Path file = folder.resolve("ring");
    try (var ring = ByteRing.create(file, 1024);
        var again = ByteRing.open(file);
        var writer = ring.writer()) {
      assertThat(writer).isNotNull();
      assertThatThrownBy(again::writer).isInstanceOf(BusyRingException.class);
    }
  }

  @Test
  @Tag("given")
  void aFileIsMadeOnceAndItsCapacityIsAPowerOfTwo() throws IOException {
    Path file = folder.resolve("ring");
    ByteRing.create(file, 64).close();
    assertThat(Files.size(file)).isEqualTo(512 + 64);
    assertThatThrownBy(() -> ByteRing.create(file, 64))
        .isInstanceOf(FileAlreadyExistsException.class);
    for (long capacity : new long[] {-64, 0, 32, 96, 1L << 31, Long.MIN_VALUE}) {
      assertThatThrownBy(() -> ByteRing.create(folder.resolve("other"), capacity))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> ByteRing.inMemory(capacity))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  private static void put(Path file, long offset, long word) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      var bytes = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, word);
      channel.write(bytes, offset);
    }
  }

  private static void cut(Path file, long size) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(size);
    }
  }

  private interface Damage {
    void to(Path file) throws IOException;
  }

  private void isRefused(String what, long offset, Damage damage) throws IOException {
    Path file = Files.createTempFile(folder, "ring", "");
    Files.delete(file);
    ByteRing.create(file, 1024).close();
    damage.to(file);
    assertThatThrownBy(
            () -> {
              try (var ring = ByteRing.open(file)) {
                ring.writer().close();
              }
            })
        .as(what)
        .isInstanceOfSatisfying(
            DamagedRingException.class, e -> assertThat(e.offset()).isEqualTo(offset))
        .hasMessageContaining(file.toString());
  }

  @Test
  @Tag("given")
  void aFileThatIsNoRingIsRefusedWithItsPlace() throws IOException {
    isRefused("empty", 0, file -> cut(file, 0));
    isRefused("header only", 0, file -> cut(file, 512));
    isRefused("cut off", 16, file -> cut(file, 512 + 1000));
    isRefused("killed while it was made", 0, file -> put(file, 0, 0));
    isRefused("of another version", 8, file -> put(file, 8, 2));
    isRefused("of another capacity", 16, file -> put(file, 16, 2048));
    isRefused("of a negative capacity", 16, file -> put(file, 16, -1024));
    isRefused("with a head before the beginning", 256, file -> put(file, 256, -8));
    isRefused("with a crooked head", 256, file -> put(file, 256, 4));
    isRefused("with a crooked tail", 128, file -> put(file, 128, 12));
    isRefused("with a tail more than a ring ahead", 128, file -> put(file, 128, 1032));
    isRefused("with a tail behind its head", 128, file -> put(file, 256, 8));
  }

  /** Each word of a record's header in turn becomes what no writer writes. */
  @Test
  @Tag("phase-4")
  void aRecordThatCannotBeIsRefusedAndNothingOutsideIsRead() throws IOException {
    long stamp = 1L << 32;
    long[] headers = {
      stamp | 17, // longer than what the tail says
      stamp | 4096, // longer than the ring
      stamp | Integer.MAX_VALUE,
      stamp | 0x8000_0000L, // negative
      stamp | 0xFFFF_FFFEL,
      stamp | 0xFFFF_FFFFL, // padding up to where there is no record behind
      16, // of another lap
      0,
      -1
    };
    for (long header : headers) {
      Path file = Files.createTempFile(folder, "ring", "");
      Files.delete(file);
      try (var ring = ByteRing.create(file, 64);
          var writer = ring.writer();
          var reader = ring.reader()) {
        writer.offer(new byte[0]);
        writer.offer(new byte[16]);
        assertThat(reader.poll()).isEmpty();
        put(file, 512 + 8, header);
        assertThatThrownBy(reader::poll)
            .as("a header of %016x", header)
            .isInstanceOf(DamagedRingException.class);
      }
    }
  }

  @Test
  @Tag("phase-4")
  void positionsThatChangeUnderneathAreNoticed() throws IOException {
    Path file = folder.resolve("ring");
    try (var ring = ByteRing.create(file, 64);
        var writer = ring.writer();
        var reader = ring.reader()) {
      writer.offer(new byte[24]);
      assertThat(reader.poll()).hasSize(24);
      put(file, 128, 1 << 20);
      assertThatThrownBy(reader::poll).isInstanceOf(DamagedRingException.class);
      put(file, 256, -1);
      writer.offer(new byte[24]);
      assertThatThrownBy(() -> writer.offer(new byte[24])).isInstanceOf(DamagedRingException.class);
    }
  }
}
