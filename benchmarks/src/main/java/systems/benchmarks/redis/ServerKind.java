package systems.benchmarks.redis;

/** Who serves. */
enum ServerKind {
  OURS("ours"),
  REDIS("redis");

  private final String title;

  ServerKind(String title) {
    this.title = title;
  }

  /** Its name in files. */
  String title() {
    return title;
  }
}
