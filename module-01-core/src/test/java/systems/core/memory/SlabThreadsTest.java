package systems.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import systems.core.Effort;

/** Several threads on one allocator. */
@Tag("phase-5")
class SlabThreadsTest {
  private static final long BYTES = 4 << 20;
  private static final int THREADS = 4;

  private enum Mode {
    NONE,
    FULL;

    Checks checks() {
      return this == NONE ? Checks.none() : Checks.full();
    }
  }

  private enum Kind {
    PLATFORM,
    VIRTUAL;

    Thread start(Runnable task) {
      return this == PLATFORM ? Thread.ofPlatform().start(task) : Thread.startVirtualThread(task);
    }
  }

  private interface Work {
    void run(int thread) throws Exception;
  }

  private final Region region = Region.reserve(BYTES);

  @AfterEach
  void close() {
    region.close();
  }

  /** Runs the same in some threads that begin together, and waits for their end. */
  private static void inThreads(Kind kind, Work work) throws Exception {
    var begin = new CyclicBarrier(THREADS);
    List<FutureTask<Void>> tasks = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      int thread = i;
      tasks.add(
          new FutureTask<>(() -> {
            begin.await();
            work.run(thread);
            return null;
          }));
      threads.add(kind.start(tasks.getLast()));
    }
    for (FutureTask<Void> task : tasks) {
      task.get();
    }
    for (Thread thread : threads) {
      thread.join(); // a task may be done and its thread not yet dead
    }
  }

  private static void everythingIsOneBlockAgain(SlabAllocator slab) {
    slab.trim();
    assertThat(slab.usage())
        .as("what is in use after everything was freed and trimmed")
        .isEqualTo(new SlabAllocator.Usage(0, 0, BYTES));
  }

  /** Writes its own handle to both ends of a block, and looks whether somebody else did. */
  private static void sign(SlabAllocator slab, long handle, long bytes) {
    MemorySegment memory = slab.memory();
    long offset = slab.offset(handle);
    memory.set(ValueLayout.JAVA_LONG, offset, handle);
    memory.set(ValueLayout.JAVA_LONG, offset + (bytes - 8 & -8), handle);
  }

  private static void checkSignature(SlabAllocator slab, long handle, long bytes) {
    long offset = slab.offset(handle);
    long first = slab.memory().get(ValueLayout.JAVA_LONG, offset);
    long last = slab.memory().get(ValueLayout.JAVA_LONG, offset + (bytes - 8 & -8));
    if (first != handle || last != handle) {
      throw new AssertionError(
          "block %x of %d bytes was given out twice: it has %x and %x"
              .formatted(handle, bytes, first, last));
    }
  }

  @ParameterizedTest
  @EnumSource
  void blocksOfAllThreadsAreApart(Kind kind) throws Exception {
    try (var slab = new SlabAllocator(region, Checks.none())) {
      int steps = Effort.of(40_000, 10_000);
      inThreads(
          kind,
          thread -> {
            var random = new SplittableRandom(thread);
            long[] handles = new long[60];
            int[] sizes = new int[handles.length];
            for (int i = 0; i < steps; i++) {
              int slot = random.nextInt(handles.length);
              if (handles[slot] != SlabAllocator.NONE) {
                checkSignature(slab, handles[slot], sizes[slot]);
                slab.free(handles[slot]);
              }
              sizes[slot] = 8 + random.nextInt(random.nextInt(20) == 0 ? 50_000 : 700);
              try {
                handles[slot] = slab.allocate(sizes[slot]);
                sign(slab, handles[slot], sizes[slot]);
              } catch (OutOfRegionException _) {
                handles[slot] = SlabAllocator.NONE;
              }
            }
            Arrays.stream(handles)
                .filter(handle -> handle != SlabAllocator.NONE)
                .forEach(slab::free);
          });
      everythingIsOneBlockAgain(slab);
    }
  }

  /** Half of the threads only allocate, the others only free. */
  @ParameterizedTest
  @EnumSource
  void whatOneThreadAllocatesAnotherFrees(Mode mode) throws Exception {
    try (var slab = new SlabAllocator(region, mode.checks())) {
      int blocks = mode == Mode.NONE ? Effort.of(60_000, 10_000) : 2000;
      var queue = new ArrayBlockingQueue<Long>(500);
      inThreads(
          Kind.PLATFORM,
          thread -> {
            for (int i = 0; i < blocks; i++) {
              if (thread % 2 == 0) {
                long handle = slab.allocate(256);
                sign(slab, handle, 256);
                queue.put(handle);
              } else {
                long handle = queue.take();
                checkSignature(slab, handle, 256);
                slab.free(handle);
              }
            }
          });
      assertThat(slab.usage().heldBlocks())
          .as("blocks of 256 bytes that four threads hold, with 64 places each, and that rest")
          .isLessThanOrEqualTo(THREADS * 64L + Ledger.RESTING_MAX);
      everythingIsOneBlockAgain(slab);
    }
  }

  @Test
  void whatDeadThreadsHeldIsForTheLiving() throws Exception {
    try (var slab = new SlabAllocator(region, Checks.none())) {
      var dead =
          Thread.ofPlatform()
              .start(() -> {
                for (int bytes = 16; bytes <= 32_768; bytes += 16) {
                  slab.free(slab.allocate(bytes));
                }
              });
      dead.join();
      assertThat(slab.usage().heldBlocks()).as("blocks in its magazines").isPositive();
      assertThatCode(() -> slab.free(slab.allocate(BYTES)))
          .as("allocating the whole region, of which a thread that has ended held blocks")
          .doesNotThrowAnyException();
      everythingIsOneBlockAgain(slab);
    }
  }

  @Test
  void aMillionVirtualThreadsWouldHoldNothing() throws Exception {
    try (var slab = new SlabAllocator(region, Checks.none())) {
      try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int i = 0; i < 1000; i++) {
          executor.submit(() -> slab.free(slab.allocate(64)));
        }
      }
      assertThat(slab.usage()).matches(usage -> usage.blocks() == 0 && usage.heldBlocks() == 0);
      everythingIsOneBlockAgain(slab);
    }
  }

  @Test
  void ofTwoFreesAtTheSameMomentOneIsToldWhenGuarded() throws Exception {
    try (var slab = new SlabAllocator(region, Checks.full())) {
      int rounds = Effort.of(300, 50);
      var handles = new AtomicLongArray(rounds);
      for (int i = 0; i < rounds; i++) {
        handles.set(i, slab.allocate(32));
      }
      var told = new AtomicInteger();
      var each = new CyclicBarrier(THREADS);
      inThreads(
          Kind.PLATFORM,
          _ -> {
            for (int i = 0; i < rounds; i++) {
              each.await(20, TimeUnit.SECONDS);
              try {
                slab.free(handles.get(i));
              } catch (Misuse.DoubleFree _) {
                told.incrementAndGet();
              }
            }
          });
      assertThat(told.get()).as("of four frees three are told").isEqualTo(3 * rounds);
      everythingIsOneBlockAgain(slab);
    }
  }

  @Test
  void whoUsesAClosedAllocatorIsToldInEveryThread() throws Exception {
    var slab = new SlabAllocator(region, Checks.none());
    var closed = new CyclicBarrier(THREADS, slab::close);
    inThreads(
        Kind.PLATFORM,
        _ -> {
          slab.free(slab.allocate(32));
          closed.await();
          assertThatThrownBy(() -> slab.allocate(32)).isInstanceOf(IllegalStateException.class);
        });
  }
}
