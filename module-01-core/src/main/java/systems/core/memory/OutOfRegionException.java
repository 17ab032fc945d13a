package systems.core.memory;

/** The region, or the machine behind it, has no such piece of memory left. */
public final class OutOfRegionException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** How many bytes were asked for. */
  private final long wantedBytes;

  OutOfRegionException(long wantedBytes, String why) {
    super("no room for " + wantedBytes + " bytes: " + why);
    this.wantedBytes = wantedBytes;
  }

  public long wantedBytes() {
    return wantedBytes;
  }
}
