package systems.core.memory;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.concurrent.FastThreadLocalThread;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A block is allocated and freed; and one of thousands that are alive is freed and another of
 * another size allocated in its place. Nobody touches the memory itself.
 *
 * <p>The rivals run under what is best for them: Netty's leak detection is off, it may use Unsafe,
 * and all run on threads of its own class, on which its thread-locals are fields. What is linked by
 * us is linked with and without {@link Linker.Option#critical}.
 */
@NullMarked
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {
      "--enable-native-access=ALL-UNNAMED",
      "--sun-misc-unsafe-memory-access=allow",
      "-Dio.netty.leakDetection.level=disabled",
      "-Djmh.executor=CUSTOM",
      "-Djmh.executor.class=systems.core.memory.SlabKernel$EventLoops"
    })
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class SlabKernel {
  private static final int DRAWS = 1 << 16;
  private static final long REGION_BYTES = 1L << 30;

  /** JMH's threads, as Netty's event loops have them. */
  public static final class EventLoops extends ThreadPoolExecutor {
    public EventLoops(int threads, String prefix) {
      super(
          threads,
          threads,
          0,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(),
          task -> new FastThreadLocalThread(task, prefix));
    }
  }

  /** Ours and its rivals. */
  public enum Contestant {
    SLAB,
    SLAB_SAMPLED,
    NETTY_ADAPTIVE,
    NETTY_POOLED,
    MALLOC,
    MALLOC_CRITICAL,
    ARENA_CONFINED
  }

  @Param public Contestant contestant = Contestant.SLAB;

  /** How many blocks are alive. */
  @Param("4096")
  public int live;

  /** What a contestant does; in a JVM one of them is ever called, so that it is inlined. */
  interface Allocator extends AutoCloseable {
    long pair(int bytes);

    void replace(int slot, int bytes);

    @Override
    default void close() {}
  }

  private final int[] sizes = new int[DRAWS];
  private final int[] slots = new int[DRAWS];
  private Allocator allocator = new Slab(1, Checks.none());
  private int next;

  @Setup
  public void fill() {
    allocator.close();
    allocator = allocator();
    var random = new SplittableRandom(1);
    for (int i = 0; i < DRAWS; i++) {
      // evenly over the doublings from 16 bytes to 4 KiB
      sizes[i] = (int) (16 * Math.pow(2, 8 * random.nextDouble()));
      slots[i] = random.nextInt(live);
    }
    for (int slot = 0; slot < live; slot++) {
      allocator.replace(slot, sizes[slot & DRAWS - 1]);
    }
  }

  private Allocator allocator() {
    return switch (contestant) {
      case SLAB -> new Slab(live, Checks.none());
      case SLAB_SAMPLED -> new Slab(live, Checks.sampled(1024));
      case NETTY_ADAPTIVE -> new Netty(live, new AdaptiveByteBufAllocator(true, true));
      case NETTY_POOLED -> new Netty(live, new PooledByteBufAllocator(true));
      case MALLOC -> new Malloc(live);
      case MALLOC_CRITICAL -> new CriticalMalloc(live);
      case ARENA_CONFINED -> new Arenas(live);
    };
  }

  @TearDown
  public void close() {
    allocator.close();
  }

  /** The pair of 256 bytes. */
  @Benchmark
  public long allocateAndFree() {
    return allocator.pair(256);
  }

  /** One of the live ones is replaced. */
  @Benchmark
  public void churn() {
    next = next + 1 & DRAWS - 1;
    allocator.replace(slots[next], sizes[next]);
  }

  private static final class Slab implements Allocator {
    private final Region region = Region.reserve(REGION_BYTES);
    private final SlabAllocator slab;
    private final long[] handles;

    Slab(int live, Checks checks) {
      slab = new SlabAllocator(region, checks);
      handles = new long[live];
    }

    @Override
    public long pair(int bytes) {
      long handle = slab.allocate(bytes);
      slab.free(handle);
      return handle;
    }

    @Override
    public void replace(int slot, int bytes) {
      if (handles[slot] != SlabAllocator.NONE) {
        slab.free(handles[slot]);
      }
      handles[slot] = slab.allocate(bytes);
    }

    @Override
    public void close() {
      slab.close();
      region.close();
    }
  }

  private static final class Netty implements Allocator {
    private final ByteBufAllocator allocator;
    private final @Nullable ByteBuf[] buffers;

    Netty(int live, ByteBufAllocator allocator) {
      this.allocator = allocator;
      buffers = new ByteBuf[live];
    }

    @Override
    public long pair(int bytes) {
      ByteBuf buffer = allocator.directBuffer(bytes);
      buffer.release();
      return buffer.maxCapacity();
    }

    @Override
    public void replace(int slot, int bytes) {
      ByteBuf old = buffers[slot];
      if (old != null) {
        old.release();
      }
      buffers[slot] = allocator.directBuffer(bytes);
    }

    @Override
    public void close() {
      for (ByteBuf buffer : buffers) {
        if (buffer != null) {
          buffer.release();
        }
      }
    }
  }

  @SuppressWarnings("restricted") // calls C
  private static MethodHandle linked(
      String name, FunctionDescriptor types, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), types, options);
  }

  private static final FunctionDescriptor MALLOC_TYPES =
      FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG);
  private static final FunctionDescriptor FREE_TYPES =
      FunctionDescriptor.ofVoid(ValueLayout.ADDRESS);

  private static final class Malloc implements Allocator {
    private static final MethodHandle MALLOC = linked("malloc", MALLOC_TYPES);
    private static final MethodHandle FREE = linked("free", FREE_TYPES);

    private final MemorySegment[] blocks;

    Malloc(int live) {
      blocks = new MemorySegment[live];
      Arrays.fill(blocks, MemorySegment.NULL);
    }

    @Override
    public long pair(int bytes) {
      try {
        var block = (MemorySegment) MALLOC.invokeExact((long) bytes);
        FREE.invokeExact(block);
        return block.address();
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void replace(int slot, int bytes) {
      try {
        FREE.invokeExact(blocks[slot]);
        blocks[slot] = (MemorySegment) MALLOC.invokeExact((long) bytes);
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }
  }

  private static final class CriticalMalloc implements Allocator {
    private static final MethodHandle MALLOC =
        linked("malloc", MALLOC_TYPES, Linker.Option.critical(false));
    private static final MethodHandle FREE =
        linked("free", FREE_TYPES, Linker.Option.critical(false));

    private final MemorySegment[] blocks;

    CriticalMalloc(int live) {
      blocks = new MemorySegment[live];
      Arrays.fill(blocks, MemorySegment.NULL);
    }

    @Override
    public long pair(int bytes) {
      try {
        var block = (MemorySegment) MALLOC.invokeExact((long) bytes);
        FREE.invokeExact(block);
        return block.address();
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void replace(int slot, int bytes) {
      try {
        FREE.invokeExact(blocks[slot]);
        blocks[slot] = (MemorySegment) MALLOC.invokeExact((long) bytes);
      } catch (Throwable e) {
        throw new AssertionError(e);
      }
    }
  }

  private static final class Arenas implements Allocator {
    private final @Nullable Arena[] arenas;

    Arenas(int live) {
      arenas = new Arena[live];
    }

    @Override
    public long pair(int bytes) {
      try (var arena = Arena.ofConfined()) {
        return arena.allocate(bytes, 16).address();
      }
    }

    @Override
    public void replace(int slot, int bytes) {
      Arena old = arenas[slot];
      if (old != null) {
        old.close();
      }
      Arena fresh = Arena.ofConfined();
      fresh.allocate(bytes, 16);
      arenas[slot] = fresh;
    }
  }
}
