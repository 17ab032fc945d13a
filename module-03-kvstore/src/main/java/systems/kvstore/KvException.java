package systems.kvstore;

import java.io.IOException;
import java.nio.file.Path;

/** What can go wrong with a store, each with the sentence that an operator needs. */
public abstract sealed class KvException extends IOException {
  private static final long serialVersionUID = 1L;

  private KvException(String message) {
    super(message);
  }

  private KvException(String message, Throwable cause) {
    super(message, cause);
  }

  @Override
  public final String getMessage() {
    return String.valueOf(super.getMessage());
  }

  /** Bytes on disk that are not what was written: which file, where, what was expected. */
  public static final class Corruption extends KvException {
    private static final long serialVersionUID = 1L;
    private final transient Path file;
    private final long offset;

    /**
     * @param offset byte offset in the file of the damaged block or record
     */
    public Corruption(Path file, long offset, String expected, String found) {
      super(file + " at offset " + offset + ": expected " + expected + ", found " + found);
      this.file = file;
      this.offset = offset;
    }

    /** The damaged file. */
    public Path file() {
      return file;
    }

    /** Byte offset of the damage. */
    public long offset() {
      return offset;
    }
  }

  /** A well-formed file that asks for something that this engine does not have. */
  public static final class Unsupported extends KvException {
    private static final long serialVersionUID = 1L;

    public Unsupported(Path file, String what) {
      super(file + ": " + what);
    }
  }

  /** Another process, or another store in this one, has the directory open. */
  public static final class Busy extends KvException {
    private static final long serialVersionUID = 1L;

    public Busy(Path directory, String holder) {
      super(directory + " is in use by " + holder);
    }
  }

  /** The disk is full: writes are refused until there is room, reads go on. */
  public static final class NoSpace extends KvException {
    private static final long serialVersionUID = 1L;

    public NoSpace(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** An earlier write or sync failed: read-only until the store is opened again. */
  public static final class Fenced extends KvException {
    private static final long serialVersionUID = 1L;
    private final Throwable reason;

    public Fenced(Throwable cause) {
      super("the store is fenced until it is opened again, because: " + cause.getMessage(), cause);
      this.reason = cause;
    }

    /** The failure that fenced the store. */
    public Throwable reason() {
      return reason;
    }
  }

  /** The store was opened read-only, or is closed. */
  public static final class ReadOnly extends KvException {
    private static final long serialVersionUID = 1L;

    public ReadOnly(String message) {
      super(message);
    }
  }
}
