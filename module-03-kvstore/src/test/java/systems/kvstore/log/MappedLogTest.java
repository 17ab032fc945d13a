package systems.kvstore.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.kvstore.Effort;
import systems.kvstore.KvException;
import systems.kvstore.fs.CrashMemFs;
import systems.kvstore.fs.FaultFs;
import systems.kvstore.fs.FsCall;
import systems.kvstore.fs.PosixFs;
import systems.kvstore.log.LogReader.OnDamage;

/** The log in mapped memory: the same bytes as the other one, without the calls. */
@Tag("phase-6")
class MappedLogTest {
  private static final Path FILE = Path.of("/000001.log");
  private static final int[] LENGTHS = {10, 0, 100, 33_000, 200, 300, 32_500, 1, 50, 200_000, 5};

  private final CrashMemFs fs = new CrashMemFs();

  private static List<byte[]> append(LogWriter log) throws IOException {
    var random = new Random(1);
    var written = new ArrayList<byte[]>();
    for (int length : LENGTHS) {
      written.add(Records.sample(random, length));
      log.append(written.getLast(), 0, length);
    }
    return written;
  }

  @Test
  void theFileIsByteForByteThatOfAnAppendingLog() throws IOException {
    Path other = Path.of("/other.log");
    try (var mapped = new MappedLog(fs, FILE, 1);
        var appending = LogWriter.appending(fs, other)) {
      append(mapped);
      append(appending);
    }
    assertThat(Records.content(fs, FILE)).isEqualTo(Records.content(fs, other));
  }

  @Test
  void anAppendMakesNoCall() throws IOException {
    try (var log = LogWriter.mapped(fs, FILE, 1 << 20)) {
      long calls = fs.calls();
      append(log);
      assertThat(fs.calls()).isEqualTo(calls);
      log.sync();
      assertThat(fs.calls()).isEqualTo(calls + 1);
    }
  }

  @Test
  void everyRecordSurvivesAKillOfTheProcess() throws IOException {
    try (var log = new MappedLog(fs, FILE, 1)) {
      var written = append(log);
      var read = Records.read(fs.killClone(), FILE, OnDamage.REFUSE);
      assertThat(read.bytes()).hasSameSizeAs(written);
      assertThat(read.isPrefixOf(written)).isTrue();
      assertThat(read.tail()).isNull();
    }
  }

  @Test
  void aPowerLossLeavesAPrefixWithAllThatWasSynced() throws IOException {
    var random = new Random(7);
    for (int round = 0; round < 40; round++) {
      Path file = Path.of("/" + round + ".log");
      try (var log = new MappedLog(fs, file, 1)) {
        fs.syncDirectory(Path.of("/"));
        var written = new ArrayList<byte[]>();
        int synced = 0;
        for (int i = 0; i < 60; i++) {
          int length = random.nextInt(8) == 0 ? random.nextInt(40_000) : random.nextInt(300);
          written.add(Records.sample(random, length));
          log.append(written.getLast(), 0, length);
          if (random.nextInt(20) == 0) {
            log.sync();
            synced = written.size();
          }
        }
        for (int seed = 0; seed < Effort.of(20, 4); seed++) {
          var after = fs.crashClone(random.nextLong(), random.nextInt(101));
          var read = Records.read(after, file, OnDamage.REFUSE);
          assertThat(read.isPrefixOf(written)).isTrue();
          assertThat(read.bytes().size()).isGreaterThanOrEqualTo(synced);
        }
      }
      fs.delete(file);
    }
  }

  @Test
  void aSecondSyncForcesOnlyWhatCameAfterTheFirst() throws IOException {
    try (var log = new MappedLog(fs, FILE, 1 << 20)) {
      fs.syncDirectory(Path.of("/"));
      log.sync();
      log.append(new byte[20_000], 0, 20_000);
      log.sync();
      log.append(new byte[] {7}, 0, 1);
      assertThat(Records.read(fs.crashClone(1, 0), FILE, OnDamage.REFUSE).bytes())
          .as("records that a power loss leaves, one synced and one not")
          .hasSize(1);
      log.sync();
      assertThat(Records.read(fs.crashClone(1, 0), FILE, OnDamage.REFUSE).bytes()).hasSize(2);
    }
  }

  @Test
  void itGrowsByDoublingAndShrinksToItsSizeWhenClosed() throws IOException {
    var log = new MappedLog(fs, FILE, 40_000);
    assertThat(fs.size(FILE)).isEqualTo(65_536);
    log.append(new byte[70_000], 0, 70_000);
    assertThat(fs.size(FILE)).isEqualTo(131_072);
    log.append(new byte[500_000], 0, 500_000);
    assertThat(fs.size(FILE)).isGreaterThan(570_000);
    long size = log.size();
    log.close();
    assertThat(fs.size(FILE)).as("bytes of the file when the log is closed").isEqualTo(size);
  }

  @Test
  void noRoomToGrowIsNamedAndFencesTheLog() throws IOException {
    var faults = new FaultFs(fs);
    try (var log = new MappedLog(faults, FILE, 32_768)) {
      log.append(new byte[10_000], 0, 10_000);
      faults.rule(FaultFs.Rule.always(FaultFs.Fault.NO_SPACE).on(FsCall.Kind.EXTEND));
      assertThatThrownBy(() -> log.append(new byte[60_000], 0, 60_000))
          .isInstanceOf(KvException.NoSpace.class);
      faults.clear();
      assertThatThrownBy(() -> log.append(new byte[1], 0, 1))
          .isInstanceOf(KvException.Fenced.class)
          .hasCauseInstanceOf(KvException.NoSpace.class);
    }
    assertThat(Records.read(fs, FILE, OnDamage.REFUSE).bytes()).hasSize(1);
  }

  @Test
  void aFailedForceIsNeverRetried() throws IOException {
    var faults = new FaultFs(fs);
    try (var log = new MappedLog(faults, FILE, 32_768)) {
      log.append(new byte[] {1}, 0, 1);
      faults.failNth(1, FaultFs.Fault.IO_ERROR);
      assertThatThrownBy(log::sync).hasMessageContaining("FORCE");
      long calls = faults.calls();
      assertThatThrownBy(log::sync).isInstanceOf(KvException.Fenced.class);
      assertThatThrownBy(() -> log.append(new byte[1], 0, 1))
          .isInstanceOf(KvException.Fenced.class);
      assertThat(faults.calls()).isEqualTo(calls);
    }
  }

  @Test
  void syncsRunBesideAppendsAndGrowth(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("000001.log");
    var random = new Random(3);
    byte[] record = Records.sample(random, 3_000);
    try (var log = new MappedLog(PosixFs.INSTANCE, file, 1);
        var threads = Executors.newFixedThreadPool(2)) {
      var syncs = new ArrayList<java.util.concurrent.Future<?>>();
      for (int i = 0; i < 2_000; i++) {
        log.append(record, 0, record.length);
        if (i % 50 == 0) {
          syncs.add(
              threads.submit(() -> {
                log.sync();
                return null;
              }));
        }
      }
      for (var sync : syncs) {
        sync.get();
      }
    }
    var read = Records.read(PosixFs.INSTANCE, file, OnDamage.REFUSE);
    assertThat(read.bytes()).hasSize(2_000).allSatisfy(it -> assertThat(it).isEqualTo(record));
  }

  @Test
  void aKilledJvmLeavesEveryRecordItSpokeOf(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("000001.log");
    var child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                file.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    int told = 0;
    try (var out = child.inputReader()) {
      for (int i = 0; i < 20; i++) {
        told = Integer.parseInt(out.readLine());
      }
    } finally {
      child.destroyForcibly().waitFor();
    }
    var read = Records.read(PosixFs.INSTANCE, file, OnDamage.REFUSE);
    assertThat(read.bytes().size()).isGreaterThanOrEqualTo(told);
    for (int i = 0; i < read.bytes().size(); i++) {
      assertThat(read.bytes().get(i)).as("record %d", i).isEqualTo(Child.record(i));
    }
  }

  /** Appends without an end and tells, now and then, how many records there are. */
  static final class Child {
    static byte[] record(int number) {
      return Records.sample(new Random(number), number % 10 == 0 ? number % 40_000 : number % 200);
    }

    public static void main(String[] arguments) throws IOException {
      try (var log = new MappedLog(PosixFs.INSTANCE, Path.of(arguments[0]), 1)) {
        for (int i = 0; ; i++) {
          if (i % 100 == 0) {
            System.out.println(i);
          }
          byte[] record = record(i);
          log.append(record, 0, record.length);
        }
      }
    }
  }
}
