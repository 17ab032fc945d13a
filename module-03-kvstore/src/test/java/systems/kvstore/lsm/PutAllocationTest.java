package systems.kvstore.lsm;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.kvstore.Durability;

/** What garbage a put makes is collected in pauses that everybody sees. */
@Tag("phase-4")
class PutAllocationTest {
  private static final int PUTS = 10_000;
  private static final int ROUNDS_MAX = 100;

  @TempDir Path directory;

  @Test
  void aPutAllocatesNothingOnceItIsCompiled() throws IOException {
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    byte[] key = "key-of-16-bytes.".getBytes();
    byte[] value = new byte[100];
    try (var store = LsmStore.open(directory, new LsmOptions())) {
      long least = Long.MAX_VALUE;
      for (int round = 0; round < ROUNDS_MAX && least >= PUTS; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < PUTS; i++) {
          key[i & 7] = (byte) i;
          store.put(key, value, Durability.BUFFERED);
        }
        least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      }
      assertThat(least).as("bytes allocated by %d puts", PUTS).isLessThan(PUTS);
    }
  }
}
