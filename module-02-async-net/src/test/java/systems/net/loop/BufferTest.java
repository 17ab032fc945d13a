package systems.net.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import systems.net.Effort;

/** On one thread, which owns the pool: a field is made where the test runs. */
@Tag("phase-3")
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SAME_THREAD)
class BufferTest {
  /** Collections of a heap that other tests have filled. */
  private static final long COLLECTED_SECONDS = 20;

  private static final int BLOCK = BufferPool.BLOCK_BYTES;
  private static final int BLOCKS_PER_SLAB = BufferPool.SLAB_BYTES / BLOCK;

  private final BufferPool pool =
      new BufferPool(Thread.currentThread(), 2L * BufferPool.SLAB_BYTES, LeakDetector.OFF);

  private static BufferPool watchedPool(List<LeakDetector.Leak> leaks) {
    return new BufferPool(
        Thread.currentThread(), BufferPool.SLAB_BYTES, new LeakDetector(1, leaks::add));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String text(Buffer buffer) {
    return StandardCharsets.ISO_8859_1.decode(buffer.bytes()).toString();
  }

  private static Buffer put(Buffer buffer, String text) {
    assertThat(buffer.put(bytes(text), 0, text.length())).isEqualTo(text.length());
    return buffer;
  }

  @Test
  void whatIsPutLiesBehindWhatWasThere() {
    Buffer buffer = pool.take();
    assertThat(buffer.capacity()).isEqualTo(BLOCK);
    assertThat(buffer.bytes().remaining()).as("of a new buffer").isZero();
    put(put(buffer, "Hello, "), "world");
    assertThat(text(buffer)).isEqualTo("Hello, world");
    assertThat(buffer.room()).isEqualTo(BLOCK - 12);
    buffer.release();
  }

  @Test
  void aFullBufferTakesAsMuchAsFits() {
    Buffer buffer = pool.take();
    assertThat(buffer.put(new byte[BLOCK], 0, BLOCK - 3)).isEqualTo(BLOCK - 3);
    assertThat(buffer.put(bytes("abcdef"), 1, 6)).as("bytes that fit").isEqualTo(3);
    assertThat(buffer.put(bytes("abcdef"), 0, 6)).as("bytes that fit").isZero();
    assertThat(text(buffer)).endsWith("\0bcd");
    buffer.release();
  }

  @Test
  void theBlockThatWasReleasedLastIsTakenFirst() {
    Buffer first = pool.take();
    Buffer second = pool.take();
    first.release();
    second.release();
    assertThat(pool.take()).isSameAs(second);
    assertThat(pool.take()).isSameAs(first);
  }

  @Test
  void aTakenBufferIsEmptyWhateverItHeldBefore() {
    put(pool.take(), "secret").release();
    Buffer again = pool.take();
    assertThat(text(again)).isEmpty();
    assertThat(again.room()).isEqualTo(BLOCK);
  }

  @Test
  void eachHolderReleasesOnce() {
    Buffer buffer = put(pool.take(), "abc");
    int free = pool.freeBlocks();
    buffer.retain();
    buffer.retain();
    buffer.release();
    buffer.release();
    assertThat(text(buffer)).as("while one holder is left").isEqualTo("abc");
    assertThat(pool.freeBlocks()).as("while one holder is left").isEqualTo(free);
    buffer.release();
    assertThat(pool.freeBlocks()).as("when the last one has let go").isEqualTo(free + 1);
  }

  @Test
  void aReleasedBufferCannotBeUsed() {
    var watched = watchedPool(new ArrayList<>());
    Buffer buffer = put(watched.take(), "abc");
    buffer.release();
    List<ThrowingCallable> uses =
        List.of(
            buffer::release,
            buffer::retain,
            buffer::bytes,
            buffer::room,
            buffer::capacity,
            () -> buffer.put(bytes("x"), 0, 1),
            () -> buffer.slice(0, 1));
    for (ThrowingCallable use : uses) {
      assertThatThrownBy(use)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the buffer was released");
    }
    Buffer next = watched.take();
    assertThat(next).as("a watched buffer is not handed out twice").isNotSameAs(buffer);
    assertThatThrownBy(buffer::release).isInstanceOf(IllegalStateException.class);
    next.release();
  }

  @Test
  void aSliceSharesTheBytesAndKeepsTheBlock() {
    Buffer whole = put(pool.take(), "0123456789");
    int free = pool.freeBlocks();
    Buffer middle = whole.slice(2, 7);
    Buffer inner = middle.slice(1, 3);
    assertThat(text(middle)).isEqualTo("23456");
    assertThat(text(inner)).isEqualTo("34");
    assertThat(middle.room()).as("of a slice").isZero();
    whole.release();
    middle.release();
    assertThat(text(inner)).as("of the last slice").isEqualTo("34");
    assertThat(pool.freeBlocks()).as("while a slice is held").isEqualTo(free);
    inner.release();
    assertThat(pool.freeBlocks()).isEqualTo(free + 1);
    assertThatThrownBy(() -> whole.slice(0, 1)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aSliceIsWithinWhatWasPut() {
    Buffer buffer = put(pool.take(), "0123456789");
    assertThatThrownBy(() -> buffer.slice(5, 11)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> buffer.slice(5, 4)).isInstanceOf(IndexOutOfBoundsException.class);
    buffer.release();
  }

  @Test
  void beyondItsBoundThePoolTakesFromTheHeapAndKeepsNothing() {
    var taken = new ArrayList<Buffer>();
    for (int i = 0; i < 2 * BLOCKS_PER_SLAB; i++) {
      taken.add(put(pool.take(), "x"));
      assertThat(taken.getLast().bytes().isDirect()).as("block %d", i).isTrue();
    }
    Buffer beyond = put(pool.take(), "beyond");
    assertThat(beyond.bytes().isDirect()).as("block beyond the bound").isFalse();
    assertThat(text(beyond)).isEqualTo("beyond");
    assertThat(pool.directBytes()).isEqualTo(2L * BufferPool.SLAB_BYTES);
    beyond.release();
    taken.forEach(Buffer::release);
    assertThat(pool.freeBlocks()).isEqualTo(2 * BLOCKS_PER_SLAB);
  }

  @Test
  void releasesOfOtherThreadsComeHome() throws InterruptedException {
    for (int round = 0; round < 5; round++) {
      var taken = new ArrayList<Buffer>();
      for (int i = 0; i < BLOCKS_PER_SLAB; i++) {
        taken.add(pool.take());
      }
      assertThat(pool.directBytes()).as("round %d", round).isEqualTo(BufferPool.SLAB_BYTES);
      var other = Thread.ofPlatform().start(() -> taken.forEach(Buffer::release));
      other.join();
      assertThat(pool.freeBlocks()).as("in the owner's own list").isZero();
    }
  }

  @Test
  void manyThreadsShareABlockAndOneGivesItBack() throws InterruptedException {
    int rounds = Effort.of(2_000, 400);
    Buffer first = pool.take();
    first.release();
    int free = pool.freeBlocks();
    for (int round = 0; round < rounds; round++) {
      Buffer buffer = pool.take().retain();
      Buffer slice = put(buffer, "abc").slice(0, 3);
      var other = Thread.ofPlatform().start(buffer::release);
      slice.release();
      buffer.release();
      other.join();
      // from wherever it went, it is to be had once
      Buffer again = pool.take();
      again.release();
      assertThat(pool.freeBlocks()).as("round %d", round).isBetween(1, free);
    }
    assertThat(pool.directBytes()).isEqualTo(BufferPool.SLAB_BYTES);
  }

  @Test
  void aLostBufferIsReportedWithWhereItWasTaken() {
    var leaks = new CopyOnWriteArrayList<LeakDetector.Leak>();
    var watched = watchedPool(leaks);
    lose(watched);
    Await.until(
        "a report of the lost buffer",
        COLLECTED_SECONDS,
        () -> {
          System.gc();
          return !leaks.isEmpty();
        });
    assertThat(leaks.getFirst())
        .hasMessageContaining("never released")
        .satisfies(leak ->
            assertThat(leak.getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals("lose")));
  }

  private static void lose(BufferPool pool) {
    put(pool.take(), "lost");
  }

  @Test
  void aReleasedBufferIsNoLeak() {
    var leaks = new CopyOnWriteArrayList<LeakDetector.Leak>();
    var watched = watchedPool(leaks);
    for (int i = 0; i < 50; i++) {
      watched.take().release();
    }
    lose(watched); // so that there is something to wait for
    Await.until(
        "a report of the lost buffer",
        COLLECTED_SECONDS,
        () -> {
          System.gc();
          return !leaks.isEmpty();
        });
    assertThat(leaks.size() == 1).as("one report, of the one that was lost").isTrue();
  }

  @Test
  void oneOfSoManyIsWatched() {
    var detector = new LeakDetector(4, leak -> {});
    var turns = new ArrayList<Integer>();
    for (int i = 1; i <= 12; i++) {
      if (detector.isTurn()) {
        turns.add(i);
      }
    }
    assertThat(turns).containsExactly(4, 8, 12);
    assertThat(LeakDetector.OFF.isTurn()).isFalse();
  }

  @Test
  void takingAndReleasingAllocateNothing() {
    byte[] answer = new byte[100];
    long bytes =
        Allocation.of(
            20_000,
            () -> {
              Buffer buffer = pool.take();
              buffer.put(answer, 0, answer.length);
              buffer.release();
            });
    assertThat(bytes).as("bytes for 20,000 buffers").isLessThan(20_000);
  }
}
