package systems.kvstore.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.kvstore.KvException;
import systems.kvstore.fs.CrashMemFs;
import systems.kvstore.fs.FaultFs;
import systems.kvstore.fs.FaultFs.Fault;
import systems.kvstore.fs.FsCall;
import systems.kvstore.log.LogReader.OnDamage;

/** After its first failure a writer does nothing any more. */
@Tag("phase-2")
class LogWriterFailureTest {
  private static final Path FILE = Path.of("/000001.log");
  private static final byte[] RECORD = {1, 2, 3, 4, 5};

  private final CrashMemFs memory = new CrashMemFs();
  private final FaultFs fs = new FaultFs(memory);

  @Test
  void aFailedAppendIsNeverFollowedByAnother() throws IOException {
    for (Fault fault : Fault.values()) {
      try (var log = LogWriter.appending(fs, FILE)) {
        append(log);
        fs.failNth(1, fault);
        assertThatThrownBy(() -> append(log)).isInstanceOf(IOException.class);
        assertFenced(log, "until it is opened again");
        assertThat(log.size()).isEqualTo(12);
      }
      var read = Records.read(memory, FILE, OnDamage.REFUSE);
      assertThat(read.bytes()).hasSize(1);
      assertThat(read.tail() != null).isEqualTo(fault == Fault.SHORT_WRITE);
    }
  }

  @Test
  void aFailedSyncIsNeverRetried() throws IOException {
    try (var log = LogWriter.appending(fs, FILE)) {
      append(log);
      fs.failNth(1, Fault.IO_ERROR);
      assertThatThrownBy(log::sync).hasMessageContaining("injected IO_ERROR in SYNC");
      long calls = fs.calls();
      assertFenced(log, "injected IO_ERROR in SYNC");
      assertThat(fs.calls()).isEqualTo(calls);
    }
  }

  @Test
  void aFullDiskIsNamedInEveryLaterRefusal() throws IOException {
    try (var log = LogWriter.appending(fs, FILE)) {
      fs.rule(FaultFs.Rule.always(Fault.NO_SPACE).on(FsCall.Kind.WRITE));
      assertThatThrownBy(() -> append(log)).isInstanceOf(KvException.NoSpace.class);
      fs.clear();
      assertThatThrownBy(() -> append(log))
          .isInstanceOf(KvException.Fenced.class)
          .hasCauseInstanceOf(KvException.NoSpace.class);
    }
  }

  private static void assertFenced(LogWriter log, String cause) {
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> append(log))
          .as("an append after one that failed")
          .isInstanceOf(KvException.Fenced.class)
          .hasMessageContaining(cause);
      assertThatThrownBy(log::sync).isInstanceOf(KvException.Fenced.class);
    }
  }

  @Test
  void syncAsksTheDeviceOnlyForWhatIsNew() throws IOException {
    try (var log = LogWriter.appending(fs, FILE)) {
      log.sync();
      append(log);
      long calls = fs.calls();
      log.sync();
      log.sync();
      assertThat(fs.calls()).isEqualTo(calls + 1);
    }
  }

  @Test
  void aRecordIsOneWriteCall() throws IOException {
    try (var log = LogWriter.appending(fs, FILE)) {
      long calls = fs.calls();
      append(log);
      log.append(new byte[200_000], 0, 200_000);
      assertThat(fs.calls()).isEqualTo(calls + 2);
    }
  }

  @Test
  void aRecordLargerThanTheBufferIsWrittenInSteps() throws IOException {
    try (var log = LogWriter.appending(fs, FILE)) {
      log.append(new byte[5 << 20], 0, 5 << 20);
    }
    var read = Records.read(memory, FILE, OnDamage.REFUSE);
    assertThat(read.bytes()).singleElement().satisfies(it -> assertThat(it).hasSize(5 << 20));
  }

  @Test
  void badArgumentsChangeNothing() throws IOException {
    try (var log = LogWriter.appending(fs, FILE)) {
      assertThatThrownBy(() -> log.append(RECORD, 3, 3))
          .isInstanceOf(IndexOutOfBoundsException.class);
      append(log);
      assertThat(log.size()).isEqualTo(12);
    }
  }

  @Test
  void aClosedLogTakesNothing() throws IOException {
    var log = LogWriter.appending(fs, FILE);
    append(log);
    log.close();
    log.close();
    assertThatThrownBy(() -> append(log)).isInstanceOf(ClosedChannelException.class);
    assertThatThrownBy(log::sync).isInstanceOf(ClosedChannelException.class);
  }

  private static void append(LogWriter log) throws IOException {
    log.append(RECORD, 0, RECORD.length);
  }
}
