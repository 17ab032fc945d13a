package systems.core.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Locale;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * Four functions of the C library, called without a line of C:
 *
 * <pre>
 *   void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset);
 *   int munmap(void *addr, size_t length);
 *   int madvise(void *addr, size_t length, int advice);
 *   char *strerror(int errnum);
 *
 *   symbol --lookup--> address --+
 *                                +--linker--> MethodHandle --invokeExact--> the function
 *   FunctionDescriptor ----------+
 *   (its types, as C sees them)
 * </pre>
 *
 * <p>Three things have to be right, and no compiler looks at them. The descriptor must say the
 * types that the C header says: {@code size_t} and {@code off_t} are 64 bits on the Linux that we
 * link. The call must be written with exactly the types of the handle, the cast of the result
 * included, or {@code invokeExact} throws. And {@code errno} must be asked for in the call itself:
 * between our call and a second one that reads it the virtual machine makes calls of its own, and
 * they set it. So the linker is told to save it, and the handle gets a segment to save it in as its
 * first argument.
 *
 * <p>The constants are those of Linux; other systems have the functions and other numbers, so there
 * is nothing linked there and {@link Region} does without. Nor where the JVM refuses native access.
 *
 * <p>Sources: mmap(2), madvise(2); JEP 454.
 */
@SuppressWarnings("restricted") // that is what it is for
class Mmap { // not final: tests let the kernel refuse
  /** {@code madvise}: use huge pages here. */
  static final int MADV_HUGEPAGE = 14;

  private static final int PROT_READ_WRITE = 0x1 | 0x2;
  private static final int MAP_PRIVATE = 0x02;
  private static final int MAP_ANONYMOUS = 0x20;

  /** Swap space is not counted at once: a range is reserved, a page is taken when it is touched. */
  private static final int MAP_NORESERVE = 0x4000;

  private static final long MAP_FAILED = -1;
  private static final int NO_FILE = -1;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO = CALL_STATE.varHandle(PathElement.groupElement("errno"));

  private static final FunctionDescriptor MMAP =
      FunctionDescriptor.of(
          ValueLayout.ADDRESS,
          ValueLayout.ADDRESS,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_INT,
          ValueLayout.JAVA_INT,
          ValueLayout.JAVA_INT,
          ValueLayout.JAVA_LONG);
  private static final FunctionDescriptor MUNMAP =
      FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG);
  private static final FunctionDescriptor MADVISE =
      FunctionDescriptor.of(
          ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
  private static final FunctionDescriptor STRERROR =
      FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT);

  private static final @Nullable Mmap LINKED = link();

  private final MethodHandle mmap = withErrno("mmap", MMAP);
  private final MethodHandle munmap = withErrno("munmap", MUNMAP);
  private final MethodHandle madvise = withErrno("madvise", MADVISE);
  private final MethodHandle strerror = function("strerror", STRERROR);

  /** The functions, or null where they are not to be had. */
  static @Nullable Mmap linked() {
    return LINKED;
  }

  private static @Nullable Mmap link() {
    if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("linux")) {
      return null;
    }
    try {
      return new Mmap();
    } catch (NoSuchElementException | IllegalCallerException _) {
      return null;
    }
  }

  private static MethodHandle withErrno(String name, FunctionDescriptor types) {
    return function(name, types, Linker.Option.captureCallState("errno"));
  }

  private static MethodHandle function(
      String name, FunctionDescriptor types, Linker.Option... options) {
    //> phase 5: from a name and its C types to something that can be called; who finds the name?
    MemorySegment address = LINKER.defaultLookup().findOrThrow(name);
    return LINKER.downcallHandle(address, types, options);
    //< phase 5
  }

  /**
   * Maps a range of zeros that belongs to no file.
   *
   * @return its address, a multiple of the page size
   * @throws OutOfRegionException if the kernel refuses
   */
  long map(long bytes) {
    //> phase 5: how does mmap say that it failed, and how do you learn why?
    try (var arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
      long address =
          ((MemorySegment)
                  mmap.invokeExact(
                      state, MemorySegment.NULL, bytes, PROT_READ_WRITE, flags, NO_FILE, 0L))
              .address();
      boolean failed = address == MAP_FAILED; //~ checksForNull: boolean failed = address == 0;
      if (failed) {
        throw new OutOfRegionException(bytes, "mmap: " + describe((int) ERRNO.get(state, 0L)));
      }
      return address;
    } catch (Throwable e) {
      throw unexpected(e);
    }
    //< phase 5
  }

  /** Gives a mapped range back, or a part of one; who touches it then crashes the process. */
  void unmap(long address, long bytes) {
    //> phase 5: what may be passed on of a range of no bytes?
    if (bytes == 0) {
      return; // EINVAL otherwise
    }
    try (var arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      MemorySegment range = MemorySegment.ofAddress(address);
      if ((int) munmap.invokeExact(state, range, bytes) != 0) {
        String why = describe((int) ERRNO.get(state, 0L));
        throw new IllegalStateException("munmap of " + bytes + " bytes: " + why);
      }
    } catch (Throwable e) {
      throw unexpected(e);
    }
    //< phase 5
  }

  /** Says how a range will be used. Returns 0, or the {@code errno} of a kernel that refuses. */
  int advise(long address, long bytes, int advice) {
    //> phase 5: advice may be refused; is that an error?
    try (var arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      MemorySegment range = MemorySegment.ofAddress(address);
      int result = (int) madvise.invokeExact(state, range, bytes, advice);
      return result == 0 ? 0 : (int) ERRNO.get(state, 0L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
    //< phase 5
  }

  /** What the C library says of an {@code errno}. */
  String describe(int errno) {
    //> phase 5: how long is the string behind a pointer that C returns?
    try {
      var text = (MemorySegment) strerror.invokeExact(errno);
      // A pointer from C has no length. The string ends at its zero; that it has one, we believe.
      return text.reinterpret(Long.MAX_VALUE).getString(0) + " (errno " + errno + ")";
    } catch (Throwable e) {
      throw unexpected(e);
    }
    //< phase 5
  }

  /** A handle may throw anything, says its type; a C function throws nothing. */
  private static RuntimeException unexpected(Throwable e) {
    switch (e) {
      case Error error -> throw error;
      case RuntimeException known -> throw known;
      default -> throw new AssertionError("a C function threw", e);
    }
  }
}
