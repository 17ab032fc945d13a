package systems.net.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** On one thread, which owns the pool: a field is made where the test runs. */
@Tag("phase-3")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SAME_THREAD)
class WriteQueueTest {
  private static final int BLOCK = BufferPool.BLOCK_BYTES;

  /** Takes what fits into its window, and counts how often it was asked. */
  private static final class Window implements GatheringByteChannel {
    final ByteArrayOutputStream got = new ByteArrayOutputStream();
    int calls;
    long room = Long.MAX_VALUE;
    boolean open = true;

    @Override
    public int write(ByteBuffer source) {
      calls++;
      return take(source);
    }

    private int take(ByteBuffer source) {
      int count = (int) Math.min(source.remaining(), room);
      for (int i = 0; i < count; i++) {
        got.write(source.get());
      }
      room -= count;
      return count;
    }

    @Override
    public long write(ByteBuffer[] sources, int from, int count) {
      calls++;
      long taken = 0;
      for (int i = from; i < from + count; i++) {
        taken += take(sources[i]);
      }
      return taken;
    }

    @Override
    public long write(ByteBuffer[] sources) {
      return write(sources, 0, sources.length);
    }

    @Override
    public boolean isOpen() {
      return open;
    }

    @Override
    public void close() {
      open = false;
    }

    String text() {
      return got.toString(StandardCharsets.ISO_8859_1);
    }
  }

  private final Window window = new Window();
  private final BufferPool pool =
      new BufferPool(Thread.currentThread(), 8L << 20, LeakDetector.OFF);
  private final Counters counters = new Counters();
  private final WriteQueue queue = new WriteQueue(window, pool, counters);
  private final ByteBuffer[] gather = new ByteBuffer[WriteQueue.GATHER_MAX];

  private void write(String text) throws IOException {
    queue.append(text.getBytes(StandardCharsets.ISO_8859_1), 0, text.length());
  }

  private static byte[] numbered(int count) {
    var bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) (i * 31 >> 3);
    }
    return bytes;
  }

  @Test
  void manySmallWritesGoOutInOneCall() throws IOException {
    var expected = new StringBuilder();
    for (int i = 0; i < 1_000; i++) {
      write("answer " + i + "\n");
      expected.append("answer ").append(i).append('\n');
    }
    assertThat(window.calls).as("calls before the drain").isZero();
    assertThat(queue.bytes()).isEqualTo(expected.length());
    assertThat(queue.drain(gather)).isTrue();
    assertThat(window.text()).isEqualTo(expected.toString());
    assertThat(window.calls).as("write calls").isEqualTo(1);
    assertThat(queue.bytes()).isZero();
  }

  @Test
  void whatIsLongerThanABlockIsGathered() throws IOException {
    byte[] bytes = numbered(5 * BLOCK + 123);
    queue.append(bytes, 0, bytes.length);
    assertThat(window.calls).as("calls before the drain").isZero();
    assertThat(queue.drain(gather)).isTrue();
    assertThat(window.got.toByteArray()).isEqualTo(bytes);
    assertThat(window.calls).isEqualTo(1);
  }

  @Test
  void anEmptyQueueHoldsNoBlock() throws IOException {
    write("a");
    int free = pool.freeBlocks();
    queue.drain(gather);
    assertThat(pool.freeBlocks()).as("free blocks when all is sent").isEqualTo(free + 1);
    assertThat(queue.drain(gather)).as("an empty queue is sent whole").isTrue();
    assertThat(window.calls).isEqualTo(1);
  }

  @Test
  void aPartOfACallThatWasTakenIsNotSentAgain() throws IOException {
    byte[] bytes = numbered(3 * BLOCK);
    for (int room : new int[] {1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 5, 3 * BLOCK - 1}) {
      window.got.reset();
      window.room = room;
      queue.append(bytes, 0, bytes.length);
      assertThat(queue.drain(gather)).as("room for %d", room).isFalse();
      assertThat(queue.bytes()).as("room for %d", room).isEqualTo(bytes.length - room);
      window.room = Long.MAX_VALUE;
      assertThat(queue.drain(gather)).isTrue();
      assertThat(window.got.toByteArray()).as("room for %d", room).isEqualTo(bytes);
    }
    assertThat(pool.directBytes()).as("no block was lost").isEqualTo(BufferPool.SLAB_BYTES);
  }

  @Test
  void aFullChannelIsNotAskedTwice() throws IOException {
    write("abcdef");
    window.room = 2;
    assertThat(queue.drain(gather)).isFalse();
    assertThat(window.calls).as("calls of a channel that took 2 of 6 bytes").isEqualTo(1);
    assertThat(queue.drain(gather)).isFalse();
    assertThat(window.calls).as("calls when it takes nothing").isEqualTo(2);
    assertThat(window.text()).isEqualTo("ab");
  }

  @Test
  void whatIsWrittenBehindAPartlySentBlockFollowsIt() throws IOException {
    write("abcdef");
    window.room = 2;
    queue.drain(gather);
    write("ghi");
    window.room = Long.MAX_VALUE;
    queue.drain(gather);
    assertThat(window.text()).isEqualTo("abcdefghi");
  }

  @Test
  void oneSharedBufferGoesToManyQueues() throws IOException {
    var other = new Window();
    var second = new WriteQueue(other, pool, counters);
    Buffer news = pool.take();
    news.put("news".getBytes(StandardCharsets.ISO_8859_1), 0, 4);
    int free = pool.freeBlocks();
    queue.append(news.slice(0, 4));
    second.append(news.slice(0, 4));
    news.release();
    write("!");
    queue.drain(gather);
    assertThat(pool.freeBlocks()).as("the second still holds the block").isEqualTo(free);
    second.drain(gather);
    assertThat(window.text()).isEqualTo("news!");
    assertThat(other.text()).isEqualTo("news");
    assertThat(pool.freeBlocks()).isEqualTo(free + 1);
  }

  @Test
  void aFileIsSentBetweenTheBytesAroundIt(@TempDir Path folder) throws IOException {
    Path path = Files.write(folder.resolve("file"), numbered(3_000_000));
    FileChannel file = FileChannel.open(path);
    write("head ");
    queue.append(new FilePiece(file, 1_000, 2_500_000));
    write(" tail");
    assertThat(queue.bytes()).isEqualTo(2_500_010);
    assertThat(file.isOpen()).as("the file, before it is sent").isTrue();
    boolean sent = false;
    for (int i = 0; i < 1_000 && !sent; i++) {
      sent = queue.drain(gather); // a channel that is no socket is given a file in small parts
    }
    var expected = new ByteArrayOutputStream();
    expected.writeBytes("head ".getBytes(StandardCharsets.ISO_8859_1));
    expected.write(numbered(3_000_000), 1_000, 2_500_000);
    expected.writeBytes(" tail".getBytes(StandardCharsets.ISO_8859_1));
    assertThat(window.got.toByteArray()).isEqualTo(expected.toByteArray());
    assertThat(file.isOpen()).as("the file, when it is sent").isFalse();
  }

  @Test
  void aFileThatIsShorterThanPromisedIsAnError(@TempDir Path folder) throws IOException {
    Path path = Files.write(folder.resolve("file"), new byte[100]);
    queue.append(new FilePiece(FileChannel.open(path), 0, 101));
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 10; i++) {
                queue.drain(gather);
              }
            })
        .isInstanceOf(IOException.class)
        .hasMessageContaining("ends 1 bytes before its promised length");
    queue.clear();
  }

  @Test
  void clearGivesBackAllBlocksAndClosesFiles(@TempDir Path folder) throws IOException {
    Path path = Files.write(folder.resolve("file"), new byte[100]);
    FileChannel file = FileChannel.open(path);
    byte[] bytes = numbered(10 * BLOCK);
    queue.append(bytes, 0, bytes.length);
    queue.append(new FilePiece(file, 0, 100));
    queue.append(bytes, 0, bytes.length);
    queue.clear();
    assertThat(queue.bytes()).isZero();
    assertThat(pool.freeBlocks()).isEqualTo(BufferPool.SLAB_BYTES / BLOCK);
    assertThat(file.isOpen()).isFalse();
    queue.drain(gather);
    assertThat(window.calls).as("calls after clear").isZero();
  }

  @Test
  void aFastReaderOfMuchLetsOthersHaveTheirTurn() throws IOException {
    byte[] bytes = new byte[7 << 20];
    queue.append(bytes, 0, bytes.length);
    assertThat(queue.drain(gather)).as("whether one drain sends 7 MiB").isFalse();
    assertThat(queue.drain(gather)).isTrue();
    assertThat(window.got.size()).isEqualTo(7 << 20);
  }

  @Test
  void aClosedChannelTakesNoMore() {
    window.close();
    assertThatThrownBy(() -> write("x")).isInstanceOf(IOException.class);
    assertThat(queue.bytes()).isZero();
  }

  @Test
  void callsAndBytesAreCounted() throws IOException {
    write("abc");
    queue.drain(gather);
    write("de");
    queue.drain(gather);
    assertThat(counters.snapshot().writes()).isEqualTo(2);
    assertThat(counters.snapshot().bytesOut()).isEqualTo(5);
  }

  @Test
  void appendingAndDrainingAllocateNothing() {
    byte[] answer = new byte[150];
    var sink = new Sink();
    var steady = new WriteQueue(sink, pool, counters);
    long bytes =
        Allocation.of(
            20_000,
            () -> {
              try {
                steady.append(answer, 0, answer.length);
                steady.append(answer, 0, answer.length);
                steady.drain(gather);
              } catch (IOException impossible) {
                throw new AssertionError(impossible);
              }
            });
    assertThat(sink.taken).isEqualTo(2L * 20_000 * 300);
    assertThat(bytes).as("bytes for 20,000 answers").isLessThan(20_000);
  }

  /** Takes all and keeps nothing. */
  private static final class Sink implements GatheringByteChannel {
    long taken;

    @Override
    public int write(ByteBuffer source) {
      int count = source.remaining();
      source.position(source.limit());
      taken += count;
      return count;
    }

    @Override
    public long write(ByteBuffer[] sources, int from, int count) {
      long sum = 0;
      for (int i = from; i < from + count; i++) {
        sum += write(sources[i]);
      }
      return sum;
    }

    @Override
    public long write(ByteBuffer[] sources) {
      return write(sources, 0, sources.length);
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
