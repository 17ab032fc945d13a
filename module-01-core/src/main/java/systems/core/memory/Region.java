package systems.core.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A reserved range of addresses off the heap, and the one place that decides when it ends.
 *
 * <pre>
 *   what mmap gave                                               multiple of 2 MiB
 *   |                                                            |
 *   v                                                            v
 *   |  cut off at once | memory(): bytes() of it                 | cut off |
 *                      ^
 *                      multiple of 2 MiB     [ part ][ part  ]             each with one tenant
 * </pre>
 *
 * <p>Reserved is not taken: the kernel gives a page, of zeros, when it is first touched. So a
 * region may be as large as the program will ever need. It begins at a multiple of 2 MiB, the size
 * of a huge page on x86-64 and most of ARM: for that, 2 MiB more are mapped and both ends are given
 * back.
 *
 * <p>Huge pages. A core's TLB remembers the translation of some thousand pages, of 4 KiB they are a
 * few MiB of memory; random reads in a larger set wait for a walk through the page table at each
 * step. With {@link Pages#HUGE} the kernel is advised to use pages of 2 MiB here. It may refuse (a
 * kernel without them), and it may be unable to later (memory too scattered); neither is an error,
 * and {@link #backing()} tells about the first.
 *
 * <p>Lifetime. All memory hangs on one {@link Arena#ofShared shared arena}. To close that makes
 * every later access by any thread throw {@link IllegalStateException}, then unmaps; the JVM makes
 * sure that nobody is in the middle of one, by a handshake with all threads. It costs accordingly,
 * and is paid once. Whoever has made segments of their own lifetime here ({@link SlabAllocator} and
 * {@link BumpArena} when they check) has no such protection, so a region knows its tenants and
 * refuses to be closed before them.
 *
 * <p>Where there is no {@link Mmap} the JDK allocates: everything works, but it fills the memory
 * with zeros, so that all of it is taken at once, and it counts against {@code
 * -XX:MaxDirectMemorySize}.
 *
 * <p>All methods may be called from any thread.
 */
public final class Region implements AutoCloseable {
  /** Largest region. */
  public static final long BYTES_MAX = 1L << 40;

  /** Where a region begins: at a multiple of this. */
  public static final long ALIGNMENT_BYTES = 2L << 20;

  /** Where a part of a region may begin. */
  static final long GRAIN_BYTES = 16;

  /** No Linux has larger pages, unless it is asked for them. */
  private static final long PAGE_BYTES_MAX = 64 << 10;

  /** What the memory should consist of. */
  public enum Pages {
    NORMAL,
    HUGE
  }

  /** Where the memory came from. */
  public enum Backing {
    /** From the JDK. */
    ALLOCATED,
    /** From {@code mmap}. */
    MAPPED,
    /** From {@code mmap}, and the kernel has agreed to huge pages. */
    MAPPED_HUGE
  }

  private record Tenant(long end, String name) {}

  private final MemorySegment memory;
  private final Backing backing;
  private final Runnable release;
  private final TreeMap<Long, Tenant> tenants = new TreeMap<>();
  private boolean closed;

  private Region(MemorySegment memory, Backing backing, Runnable release) {
    this.memory = memory;
    this.backing = backing;
    this.release = release;
  }

  /**
   * Reserves a range of normal pages.
   *
   * @throws OutOfRegionException if the kernel refuses
   */
  public static Region reserve(long bytes) {
    return reserve(bytes, Pages.NORMAL);
  }

  /** Reserves a range. Huge pages are a wish: {@link #backing()} says whether it was granted. */
  public static Region reserve(long bytes, Pages pages) {
    return reserve(bytes, pages, Mmap.linked());
  }

  static Region reserve(long bytes, Pages pages, @Nullable Mmap calls) {
    if (bytes <= 0 || bytes > BYTES_MAX) {
      throw new IllegalArgumentException(
          "a region of " + bytes + " bytes; it may have 1 to " + BYTES_MAX);
    }
    var lifetime = Arena.ofShared();
    try {
      return calls == null ? allocated(bytes, lifetime) : mapped(bytes, pages, lifetime, calls);
    } catch (RuntimeException | Error e) {
      lifetime.close();
      throw e;
    }
  }

  private static Region allocated(long bytes, Arena lifetime) {
    MemorySegment memory = lifetime.allocate(bytes, ALIGNMENT_BYTES);
    return new Region(memory, Backing.ALLOCATED, lifetime::close);
  }

  @SuppressWarnings("restricted") // the address is mmap's, and so is the length
  private static Region mapped(long bytes, Pages pages, Arena lifetime, Mmap calls) {
    //> phase 5: mmap promises a multiple of the page size; you need more. And who unmaps, when?
    long whole = bytes + PAGE_BYTES_MAX - 1 & -PAGE_BYTES_MAX;
    long from = calls.map(whole + ALIGNMENT_BYTES);
    long base = from + ALIGNMENT_BYTES - 1 & -ALIGNMENT_BYTES;
    calls.unmap(from, base - from);
    calls.unmap(base + whole, from + ALIGNMENT_BYTES - base);
    MemorySegment memory =
        MemorySegment.ofAddress(base).reinterpret(bytes, lifetime, _ -> calls.unmap(base, whole));
    boolean huge = pages == Pages.HUGE && calls.advise(base, whole, Mmap.MADV_HUGEPAGE) == 0;
    return new Region(memory, huge ? Backing.MAPPED_HUGE : Backing.MAPPED, lifetime::close);
    //< phase 5
  }

  /** All of it. An access after {@link #close()} throws {@link IllegalStateException}. */
  public MemorySegment memory() {
    return memory;
  }

  public long bytes() {
    return memory.byteSize();
  }

  public Backing backing() {
    return backing;
  }

  /** The largest power of two, up to {@link #ALIGNMENT_BYTES}, that divides the address. */
  long alignment() {
    return Math.min(ALIGNMENT_BYTES, Long.lowestOneBit(memory.address()));
  }

  /**
   * A piece of this region for one tenant. It is closed before this one, and its memory can be
   * leased again.
   *
   * @throws IllegalStateException if it overlaps with what has a tenant already
   */
  public Region part(long offset, long bytes) {
    if (offset % GRAIN_BYTES != 0) {
      throw new IllegalArgumentException(
          "a part from byte " + offset + ", which is no multiple of " + GRAIN_BYTES);
    }
    if (offset < 0 || bytes <= 0 || bytes > bytes() - offset) {
      throw new IllegalArgumentException(
          "bytes " + offset + " and " + bytes + " more, of a region of " + bytes());
    }
    occupy(offset, bytes, "a part of " + bytes + " bytes from byte " + offset);
    return new Region(memory.asSlice(offset, bytes), backing, () -> vacate(offset));
  }

  /** All of this region gets a tenant, who says {@link #vacate()} when it leaves. */
  void occupy(String tenant) {
    occupy(0, bytes(), tenant);
  }

  void vacate() {
    vacate(0);
  }

  private synchronized void occupy(long offset, long bytes, String tenant) {
    //> phase 5: which of the tenants can be in the way?
    if (closed) {
      throw new IllegalStateException("the region is closed");
    }
    Map.Entry<Long, Tenant> before = tenants.lowerEntry(offset + bytes);
    if (before != null && before.getValue().end > offset) {
      throw new IllegalStateException("the memory is taken: " + before.getValue().name);
    }
    tenants.put(offset, new Tenant(offset + bytes, tenant));
    //< phase 5
  }

  private synchronized void vacate(long offset) {
    tenants.remove(offset);
  }

  /**
   * Gives the memory back. A second call does nothing.
   *
   * @throws IllegalStateException while it has a tenant; nothing has happened then
   */
  @Override
  public synchronized void close() {
    //> phase 5: who would still be using it?
    if (closed) {
      return;
    }
    if (!tenants.isEmpty()) { //~ closesUnderTenants: if (tenants.size() < 0) {
      String name = tenants.firstEntry().getValue().name;
      throw new IllegalStateException("the region is in use: " + name);
    }
    closed = true;
    release.run();
    //< phase 5
  }
}
