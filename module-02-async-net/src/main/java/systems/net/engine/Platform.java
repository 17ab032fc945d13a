package systems.net.engine;

import java.util.Locale;

/** What this operating system can do. */
final class Platform {
  /**
   * Whether several sockets may listen at one port, and the system spreads the connections. Other
   * systems have the option with another meaning: the last socket gets them all.
   */
  static final boolean SHARES_PORTS =
      System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("linux");

  private Platform() {}
}
