package systems.benchmarks.contest;

/** How much is done for a figure. */
public enum Effort {
  /** Five rounds or more, long enough for the JIT to have settled. */
  FULL,
  /** A first look. */
  QUICK,
  /** Proves that it runs; the numbers mean nothing. */
  SMOKE;

  private static final String PROPERTY = "bench.effort";

  String flag() {
    return "-D" + PROPERTY + "=" + name();
  }

  /** In an entrant's process: what it was started for. */
  public static Effort here() {
    return valueOf(System.getProperty(PROPERTY, FULL.name()));
  }

  /** One of three numbers. */
  public int of(int full, int quick, int smoke) {
    return switch (this) {
      case FULL -> full;
      case QUICK -> quick;
      case SMOKE -> smoke;
    };
  }
}
