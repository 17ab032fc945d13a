package systems.core.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Memory for things that die together: an allocation moves one number forward, and one number moved
 * back frees all of them.
 *
 * <pre>
 *   [ a | b |pad| c | d   | e |             free                ]
 *   ^           ^             ^                                 ^
 *   root        scope         top                               bytes()
 *
 *   scope.close():  top = where the scope began        c, d, e are gone
 *   reset():        top = 0
 * </pre>
 *
 * <p>A request of a server, a transaction, a frame, the arguments of one call into C: they have in
 * common that nobody needs to say when a single piece is no longer used. A {@link Scope} is a mark
 * in the order of a stack, made for try-with-resources. What is allocated while it is open dies
 * with it, whoever asked for it; that is the one rule to remember, and the usual mistake is to keep
 * something in an outer variable that was allocated in an inner scope.
 *
 * <p>What always holds:
 *
 * <ol>
 *   <li>Pieces do not overlap, and each address is a multiple of the alignment that was asked for.
 *       It is the address that counts, not the offset: the region may begin at any multiple of 16.
 *   <li>Scopes end in the opposite order of their beginning.
 *   <li>When checking, a segment lives as long as the scope in which it was allocated, and not as
 *       long as the region: an access after the end, to read or to write, throws {@link
 *       IllegalStateException}. Without, it finds what is there now. It never leaves the region.
 * </ol>
 *
 * <p>How the check works: each scope has a {@link Arena#ofConfined confined} JDK arena that owns no
 * memory; the pieces are given its lifetime by {@code reinterpret}, and closing it costs one store.
 * Where the freed memory lay, bytes of {@code 0xDD} are then: whoever reads it by its offset sees
 * at once what it is. The region cannot be closed before this arena, which is why that is safe.
 *
 * <p>It is a {@link SegmentAllocator}, so everything that takes one, {@code allocateFrom(String)}
 * first of all, works with it. The memory is not zeroed: {@link Arena} promises zeros and pays for
 * them.
 *
 * <p>Of one thread.
 */
public final class BumpArena implements SegmentAllocator, AutoCloseable {
  private static final byte DEAD = (byte) 0xDD;

  private final Region region;
  private final MemorySegment memory;
  private final boolean guarded;
  private Scope current;
  private long top;
  private long peak;
  private boolean closed;

  /** What is allocated while it is open dies when it is closed. */
  public final class Scope implements AutoCloseable {
    private final long mark;
    private final @Nullable Scope outer;
    private final @Nullable Arena lifetime;
    private boolean ended;

    private Scope(@Nullable Scope outer, long mark, boolean guarded) {
      this.outer = outer;
      this.mark = mark;
      lifetime = guarded ? Arena.ofConfined() : null;
    }

    /**
     * Frees what was allocated since. A second call does nothing.
     *
     * @throws IllegalStateException if a scope that was opened later is still open
     */
    @Override
    public void close() {
      //> phase 5: which scope may be closed, and to where does the top go back?
      if (ended) {
        return;
      }
      boolean innermost = current == this;
      if (!innermost) { //~ closesAnyScope: if (innermost && outer == null) {
        throw new IllegalStateException("a scope that was opened later is still open");
      }
      if (outer == null) {
        throw new IllegalStateException("the root ends with reset() or close()");
      }
      end();
      current = outer;
      //< phase 5
    }

    private void end() {
      //> phase 5: what of the scope must be worthless from now on?
      ended = true;
      rewind(mark);
      if (lifetime != null) {
        lifetime.close(); //~ outlives: assert lifetime.scope().isAlive();
      }
      //< phase 5
    }
  }

  /**
   * @param region all of it, until this is closed
   */
  public BumpArena(Region region, Checks checks) {
    region.occupy("a BumpArena");
    this.region = region;
    memory = region.memory();
    guarded = checks.guarded();
    current = new Scope(null, 0, guarded);
  }

  /** A piece without an alignment of its own. */
  @Override
  public MemorySegment allocate(long bytes) {
    return allocate(bytes, 1);
  }

  /**
   * A piece of exactly so many bytes, at a multiple of the alignment; not zeroed.
   *
   * @throws OutOfRegionException if it does not fit any more; nothing has happened then
   * @throws IllegalArgumentException if the size is negative or the alignment no power of two
   */
  @Override
  @SuppressWarnings("restricted") // a shorter life than the memory's, never a longer one
  public MemorySegment allocate(long bytes, long alignment) {
    MemorySegment piece = memory.asSlice(advance(bytes, alignment), bytes);
    Arena lifetime = current.lifetime;
    return lifetime == null ? piece : piece.reinterpret(lifetime, null);
  }

  /** The same without an object: where in {@link Region#memory()} the piece begins. */
  public long advance(long bytes, long alignment) {
    //> phase 5: what is aligned, the offset or the address? And which of the sums can overflow?
    if (closed) {
      throw new IllegalStateException("the arena is closed");
    }
    if (bytes < 0 || Long.bitCount(alignment) != 1 || alignment < 0) {
      throw new IllegalArgumentException(
          bytes + " bytes at a multiple of " + alignment + ", which must be a power of two");
    }
    long next = memory.address() + top; //~ alignsTheOffset: long next = top;
    long padding = -next & alignment - 1;
    long free = memory.byteSize() - top;
    if (padding > free || bytes > free - padding) { //~ wrapsAround: if (padding + bytes > free) {
      throw new OutOfRegionException(bytes, free + " bytes of the arena are free");
    }
    long start = top + padding;
    top = start + bytes;
    peak = Math.max(peak, top);
    return start;
    //< phase 5
  }

  /** Opens a scope inside the current one. */
  public Scope open() {
    //> phase 5: what does a mark have to remember?
    if (closed) {
      throw new IllegalStateException("the arena is closed");
    }
    current = new Scope(current, top, guarded);
    return current;
    //< phase 5
  }

  /**
   * Frees everything.
   *
   * @throws IllegalStateException while a scope is open
   */
  public void reset() {
    //> phase 5: what must become of the segments that were handed out?
    if (closed || current.outer != null) {
      throw new IllegalStateException(closed ? "the arena is closed" : "a scope is open");
    }
    current.end();
    current = new Scope(null, 0, guarded);
    //< phase 5
  }

  private void rewind(long mark) {
    if (guarded) {
      memory.asSlice(mark, top - mark).fill(DEAD);
    }
    top = mark;
  }

  public long bytes() {
    return memory.byteSize();
  }

  /** How much is taken, padding included. */
  public long usedBytes() {
    return top;
  }

  /** The most that ever was taken: how large the arena has to be. */
  public long peakBytes() {
    return peak;
  }

  /** Ends all scopes, and gives the region back to whoever closes it. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    for (Scope scope = current; scope != null; scope = scope.outer) {
      scope.end();
    }
    region.vacate();
  }
}
