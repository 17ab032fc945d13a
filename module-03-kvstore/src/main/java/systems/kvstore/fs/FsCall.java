package systems.kvstore.fs;

import java.nio.file.Path;

/**
 * One call that a store made to its file system, as {@link CrashMemFs} counts them and {@link
 * FaultFs} lets them fail.
 *
 * @param number 1 for the first call that was counted
 * @param file the file or directory it was about; of a rename the source
 */
public record FsCall(long number, Kind kind, Path file) {
  /** What was asked for. */
  public enum Kind {
    CREATE,
    APPEND_TO,
    MAP,
    WRITE,
    SYNC,
    FORCE,
    EXTEND,
    CUT,
    CREATE_DIRECTORIES,
    RENAME,
    DELETE,
    LINK,
    SYNC_DIRECTORY,
    LOCK,
    OPEN,
    READ,
    SIZE,
    LIST,
    CLOSE;

    /** Whether the call can change what is on the disk. */
    public boolean changes() {
      return compareTo(LOCK) < 0;
    }
  }
}
