package systems.core.memory;

import org.jspecify.annotations.Nullable;

/**
 * Somebody used a block that is not theirs, or not any more. Each says which block it was, how
 * large, and where it was allocated and freed, as far as that was recorded.
 */
public abstract sealed class Misuse extends IllegalStateException {
  private static final long serialVersionUID = 1;

  private final long handle;
  private final long bytes;
  private final transient @Nullable Site allocatedAt;
  private final transient @Nullable Site freedAt;

  private Misuse(String what, Block block) {
    super(what + " " + block);
    handle = block.handle;
    bytes = block.bytes;
    allocatedAt = block.allocatedAt;
    freedAt = block.freedAt;
  }

  /** What the one who did it was holding. */
  public final long handle() {
    return handle;
  }

  /** How large the block is, 0 if there is none. */
  public final long bytes() {
    return bytes;
  }

  /** Where the block came from; null if that was not recorded. */
  public final @Nullable Site allocatedAt() {
    return allocatedAt;
  }

  /** Where the block went; null if it did not, or if that was not recorded. */
  public final @Nullable Site freedAt() {
    return freedAt;
  }

  /** What is known of a block. */
  record Block(long handle, long bytes, @Nullable Site allocatedAt, @Nullable Site freedAt) {
    static Block unknown(long handle) {
      return new Block(handle, 0, null, null);
    }

    @Override
    public String toString() {
      var text = new StringBuilder(String.format("0x%016x", handle));
      if (bytes == 0) {
        return text.toString();
      }
      text.append(" (").append(bytes).append(" bytes)");
      text.append(", allocated at ").append(allocatedAt == null ? "a place" : allocatedAt);
      text.append(allocatedAt == null ? " that was not recorded" : "");
      return freedAt == null ? text.toString() : text + ", freed at " + freedAt;
    }
  }

  /** A block was freed that was free already. */
  public static final class DoubleFree extends Misuse {
    private static final long serialVersionUID = 1;

    DoubleFree(Block block) {
      super("second free of", block);
    }
  }

  /** A block was asked for or moved after it was freed. */
  public static final class UseAfterFree extends Misuse {
    private static final long serialVersionUID = 1;

    UseAfterFree(Block block) {
      super("use after free of", block);
    }
  }

  /** No block of this allocator has such a handle. */
  public static final class ForeignPointer extends Misuse {
    private static final long serialVersionUID = 1;

    ForeignPointer(Block block) {
      super("not of this allocator:", block);
    }
  }

  /** The place is inside a block and not its beginning. */
  public static final class InnerPointer extends Misuse {
    private static final long serialVersionUID = 1;

    InnerPointer(Block block) {
      super("not the beginning of a block, but inside one:", block);
    }
  }

  /** Something was written behind the end of a block. The block stays allocated. */
  public static final class Overrun extends Misuse {
    private static final long serialVersionUID = 1;

    Overrun(Block block, long at) {
      super("byte " + at + " was written, behind the end of", block);
    }
  }

  /** Something was written into a block that was free. It is not handed out again. */
  public static final class WriteAfterFree extends Misuse {
    private static final long serialVersionUID = 1;

    WriteAfterFree(Block block, long at) {
      super("byte " + at + " was written after the free of", block);
    }
  }

  /** Blocks were left when the allocator was closed. */
  public static final class Leaked extends Misuse {
    private static final long serialVersionUID = 1;

    private final transient LeakReport report;

    Leaked(LeakReport report) {
      super(report + "the first of them is", report.first());
      this.report = report;
    }

    public LeakReport report() {
      return report;
    }
  }
}
