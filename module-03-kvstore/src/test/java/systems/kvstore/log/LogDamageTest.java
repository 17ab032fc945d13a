package systems.kvstore.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.kvstore.KvException;
import systems.kvstore.fs.CrashMemFs;
import systems.kvstore.log.LogReader.OnDamage;

/** A log that was cut, flipped, or written over: never a wrong record, and never in silence. */
@Tag("phase-2")
class LogDamageTest {
  private static final Path FILE = Path.of("/000001.log");

  private final CrashMemFs fs = new CrashMemFs();
  private final Random random = new Random(42);
  private final List<byte[]> written = new ArrayList<>();
  private final List<Long> ends = new ArrayList<>();
  private byte[] log = {};

  @BeforeEach
  void writeALogOfThreeBlocks() throws IOException {
    try (var writer = LogWriter.appending(fs, FILE)) {
      for (int length : new int[] {10, 0, 100, 33_000, 200, 300, 32_500, 1, 50}) {
        byte[] record = Records.sample(random, length);
        written.add(record);
        ends.add(writer.append(record, 0, length));
      }
    }
    log = Records.content(fs, FILE);
    assertThat(log.length).isBetween(2 * LogBlock.BLOCK_BYTES, 3 * LogBlock.BLOCK_BYTES);
  }

  @Test
  void everyTruncationLeavesAPrefixAndReportsTheRest() throws IOException {
    for (int length = 0; length <= log.length; length += nearAnEnd(length) ? 1 : 37) {
      Records.write(fs, FILE, log, length);
      var read = Records.read(fs, FILE, OnDamage.REFUSE);
      assertThat(read.bytes()).as("cut at %d", length).hasSize(wholeRecords(length));
      assertThat(read.isPrefixOf(written)).isTrue();
      long good = read.ends().isEmpty() ? 0 : read.ends().getLast();
      if (read.tail() == null) {
        assertThat(isZero(good, length)).as("cut at %d", length).isTrue();
      } else {
        assertThat(read.tail().offset()).isGreaterThanOrEqualTo(good);
        long end = read.tail().offset() + read.tail().lostBytes();
        assertThat(end <= length && isZero(end, length)).as("cut at %d", length).isTrue();
      }
    }
  }

  private boolean nearAnEnd(int length) {
    return ends.stream().anyMatch(end -> Math.abs(end - length) < 60)
        || length % LogBlock.BLOCK_BYTES < 60
        || length % LogBlock.BLOCK_BYTES > LogBlock.BLOCK_BYTES - 60;
  }

  private int wholeRecords(int length) {
    return (int) ends.stream().filter(end -> end <= length).count();
  }

  private boolean isZero(long from, long to) {
    for (long i = from; i < to; i++) {
      if (log[(int) i] != 0) {
        return false;
      }
    }
    return true;
  }

  @Test
  void everyFlippedByteIsRefusedOrReportedAndNeverGivesAWrongRecord() throws IOException {
    int refused = 0;
    int reported = 0;
    for (int i = 0; i < log.length; i += nearAnEnd(i) ? 1 : 97) {
      byte[] flipped = log.clone();
      flipped[i] ^= (byte) (1 + random.nextInt(255));
      Records.write(fs, FILE, flipped, flipped.length);
      try {
        var read = Records.read(fs, FILE, OnDamage.REFUSE);
        assertThat(read.isPrefixOf(written)).as("byte %d", i).isTrue();
        assertThat(read.tail()).as("byte %d", i).isNotNull();
        assertThat(read.tail().offset()).isLessThanOrEqualTo(i);
        reported++;
      } catch (KvException.Corruption damage) {
        assertThat(damage.file()).isEqualTo(FILE);
        assertThat(damage.offset()).as("byte %d", i).isBetween(i - 33_100L, (long) i);
        refused++;
      }
    }
    assertThat(refused).as("flips with good records behind them").isGreaterThan(9 * reported);
  }

  @Test
  void aFlipBeforeGoodRecordsIsDamageWhereverItHits() throws IOException {
    long lastStart = ends.get(ends.size() - 2);
    for (int i = 0; i < lastStart; i += i < 150 || nearAnEnd(i) ? 1 : 211) {
      byte[] flipped = log.clone();
      flipped[i] ^= 4;
      Records.write(fs, FILE, flipped, flipped.length);
      String what = "what reading says when byte %d is flipped and good records follow";
      assertThatThrownBy(() -> Records.read(fs, FILE, OnDamage.REFUSE), what, i)
          .isInstanceOf(KvException.Corruption.class);
    }
  }

  @Test
  void damageEndsTheLogWhereAskedTo() throws IOException {
    byte[] flipped = log.clone();
    flipped[(int) (ends.get(3) + 10)] ^= 1;
    Records.write(fs, FILE, flipped, flipped.length);
    var read = Records.read(fs, FILE, OnDamage.STOP);
    assertThat(read.bytes()).hasSize(4);
    assertThat(read.isPrefixOf(written)).isTrue();
    assertThat(read.tail().offset()).isEqualTo(ends.get(3));
    assertThat(read.tail().lostBytes()).isEqualTo(log.length - ends.get(3));
  }

  @Test
  void aReaderThatRefusedRefusesAgain() throws IOException {
    byte[] flipped = log.clone();
    flipped[40] ^= 1;
    Records.write(fs, FILE, flipped, flipped.length);
    try (var reader = LogReader.open(fs, FILE, OnDamage.REFUSE)) {
      reader.next();
      reader.next();
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(reader::next)
            .isInstanceOf(KvException.Corruption.class)
            .hasMessageContaining("offset 24")
            .hasMessageContaining("expected checksum");
      }
    }
  }

  @Test
  void aMissingMiddleFragmentIsDamage() throws IOException {
    try (var writer = LogWriter.appending(fs, FILE)) {
      byte[] record = Records.sample(random, 3 * LogBlock.BLOCK_BYTES);
      writer.append(record, 0, record.length);
    }
    byte[] bytes = Records.content(fs, FILE);
    byte[] without = Arrays.copyOfRange(bytes, LogBlock.BLOCK_BYTES, bytes.length);
    Records.write(fs, FILE, without, without.length);
    assertThatThrownBy(() -> Records.read(fs, FILE, OnDamage.REFUSE))
        .isInstanceOf(KvException.Corruption.class)
        .hasMessageContaining("expected the first fragment of a record, found fragment type 3");
  }

  @Test
  void aRecordThatAnotherOneInterruptsIsDamage() throws IOException {
    byte[] first = Arrays.copyOf(log, LogBlock.BLOCK_BYTES);
    byte[] joined = Arrays.copyOf(first, first.length + 10);
    System.arraycopy(log, 0, joined, first.length, 10);
    byte[] whole = oneRecord();
    joined = Arrays.copyOf(first, first.length + whole.length);
    System.arraycopy(whole, 0, joined, first.length, whole.length);
    Records.write(fs, FILE, joined, joined.length);
    assertThatThrownBy(() -> Records.read(fs, FILE, OnDamage.REFUSE))
        .isInstanceOf(KvException.Corruption.class)
        .hasMessageContaining("expected a fragment that goes on with the record");
  }

  private byte[] oneRecord() throws IOException {
    Path other = Path.of("/other");
    try (var writer = LogWriter.appending(fs, other)) {
      writer.append(new byte[] {1, 2, 3}, 0, 3);
    }
    return Records.content(fs, other);
  }

  @Test
  void aTornRecordThatContainsLogBytesIsStillATornTail() throws IOException {
    byte[] inner = Arrays.copyOfRange(log, 0, 5_000);
    try (var writer = LogWriter.appending(fs, FILE)) {
      writer.append(new byte[] {1}, 0, 1);
      writer.append(inner, 0, inner.length);
    }
    byte[] bytes = Records.content(fs, FILE);
    for (int length = 9; length < bytes.length; length++) {
      Records.write(fs, FILE, bytes, length);
      var read = Records.read(fs, FILE, OnDamage.REFUSE);
      assertThat(read.bytes()).hasSize(1);
      assertThat(read.tail()).isNotNull();
    }
  }

  @Test
  void aHeaderThatWasNotStoredBeforeItsPageWentOutIsAHole() throws IOException {
    byte[] torn = log.clone();
    Arrays.fill(torn, 17, 24, (byte) 0);
    Records.write(fs, FILE, torn, torn.length);
    var read = Records.read(fs, FILE, OnDamage.REFUSE);
    assertThat(read.bytes()).hasSize(2 - (ends.get(1) > 17 ? 1 : 0));
    assertThat(read.tail()).isNotNull();
  }

  @Test
  void randomBytesAreNoRecords() throws IOException {
    for (int i = 0; i < 200; i++) {
      byte[] noise = new byte[random.nextInt(3_000)];
      random.nextBytes(noise);
      Records.write(fs, FILE, noise, noise.length);
      assertThat(Records.read(fs, FILE, OnDamage.REFUSE).bytes()).isEmpty();
    }
  }
}
