package systems.benchmarks.asyncnet;

import systems.benchmarks.contest.Servers;

/** Who serves: two engines of ours, and the best known of their kinds. */
enum ServerKind {
  /** Ours: an event loop, one thread for many connections. */
  LOOP("loop"),
  /** Ours: a virtual thread for each connection. */
  THREADS("threads"),
  NETTY("netty-epoll"),
  HELIDON("helidon"),
  NGINX("nginx");

  private final String title;

  ServerKind(String title) {
    this.title = title;
  }

  /** Its name in files; of ours, that of the engine. */
  String title() {
    return title;
  }

  /** Whether it can be started on this machine. */
  boolean isHere() {
    return this != NGINX || Servers.isInstalled("nginx");
  }
}
