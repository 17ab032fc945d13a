package systems.redis.repl;

import static org.assertj.core.api.Assertions.assertThat;
import static systems.redis.repl.Servers.folder;
import static systems.redis.repl.Servers.follow;
import static systems.redis.repl.Servers.info;
import static systems.redis.repl.Servers.untilEqual;
import static systems.redis.repl.Servers.untilLinked;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.redis.Ours;
import systems.redis.Patience;
import systems.redis.RealRedis;
import systems.redis.Wire;

/** A real Sentinel takes our servers for Redis: it finds them, promotes one and turns the rest. */
@Tag("phase-7")
final class SentinelTest {
  @TempDir Path folder;

  @BeforeEach
  void realServers() {
    RealRedis.assumeInstalled();
  }

  private Ours ours(String name, String... lines) throws Exception {
    return Ours.start(folder(folder, name), lines);
  }

  /** A real replica that Sentinel never promotes. */
  private RealRedis follower() throws IOException {
    return RealRedis.start(folder(folder, "real"), "--save", "", "--replica-priority", "0");
  }

  private RealRedis sentinel(int port) throws IOException {
    return RealRedis.startSentinel(folder(folder, "sentinel"), port);
  }

  private static void untilKnown(Wire sentinel, int replicas) throws Exception {
    Patience.until(
        "Sentinel knows the replicas",
        () -> fields(sentinel).contains("num-slaves\r\n$1\r\n" + replicas + "\r\n"));
  }

  private static String fields(Wire sentinel) throws IOException {
    return sentinel.call("SENTINEL", "MASTER", "watched");
  }

  private static void untilPrimaryIs(Wire sentinel, int port) throws Exception {
    Patience.until(
        "Sentinel names the new primary",
        () ->
            sentinel
                .call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "watched")
                .endsWith("\r\n" + port + "\r\n"));
  }

  /**
   * By a new connection: Sentinel ends those of all clients when it gives a server another role.
   */
  private static void untilInfo(int port, String field, String value) throws Exception {
    untilInfo(port, field, value, Patience.SECONDS);
  }

  private static void untilInfo(int port, String field, String value, int seconds)
      throws Exception {
    Patience.until(
        field + " is " + value,
        seconds,
        () -> {
          try (Wire wire = new Wire(port)) {
            return info(wire, field).equals(value);
          } catch (IOException cut) {
            return false;
          }
        });
  }

  @Test
  void ourReplicaIsPromotedWhenOurPrimaryDiesAndTheOldOneFollowsIt() throws Exception {
    Ours a = ours("a");
    int firstPort = a.port();
    try (Ours b = ours("b");
        RealRedis c = follower();
        RealRedis sentinel = sentinel(firstPort);
        Wire asked = new Wire(sentinel.port())) {
      try (Wire first = a.connect();
          Wire second = b.connect();
          Wire third = new Wire(c.port())) {
        follow(second, firstPort);
        follow(third, firstPort);
        first.call("SET", "before", "the crash");
        untilLinked(second);
        untilEqual(first, third);
        untilKnown(asked, 2);
      }
      a.crash();
      untilPrimaryIs(asked, b.port());
      untilInfo(b.port(), "role", "master");
      untilInfo(c.port(), "master_port", Integer.toString(b.port()));
      try (Wire second = b.connect();
          Wire third = new Wire(c.port())) {
        assertThat(second.call("GET", "before")).isEqualTo("$9\r\nthe crash\r\n");
        assertThat(second.call("SET", "after", "it")).isEqualTo("+OK\r\n");
        untilEqual(second, third);
      }
    }
  }

  /** Sentinel takes its time here: it waits until the returned one has told its role for long. */
  @Tag("slow")
  @Test
  void aPrimaryThatComesBackFollowsTheNewOne() throws Exception {
    Ours a = ours("a");
    int firstPort = a.port();
    try (Ours b = ours("b");
        RealRedis sentinel = sentinel(firstPort);
        Wire asked = new Wire(sentinel.port())) {
      try (Wire second = b.connect()) {
        follow(second, firstPort);
        untilLinked(second);
        untilKnown(asked, 1);
      }
      a.crash();
      untilPrimaryIs(asked, b.port());
      try (Ours again = ours("a", "port " + firstPort)) {
        untilInfo(again.port(), "role", "slave", 60);
        try (Wire second = b.connect();
            Wire returned = again.connect()) {
          second.call("SET", "after", "it");
          untilEqual(second, returned);
        }
      }
    }
  }

  @Test
  void ourReplicaIsPromotedWhenARealPrimaryDies() throws Exception {
    RealRedis a = RealRedis.start(folder(folder, "a"), "--save", "");
    try (Ours b = ours("b");
        RealRedis sentinel = sentinel(a.port());
        Wire asked = new Wire(sentinel.port())) {
      try (Wire first = new Wire(a.port());
          Wire second = b.connect()) {
        first.call("SET", "before", "the crash");
        follow(second, a.port());
        untilEqual(first, second);
        untilKnown(asked, 1);
      }
      a.close();
      untilPrimaryIs(asked, b.port());
      untilInfo(b.port(), "role", "master");
      try (Wire second = b.connect()) {
        assertThat(second.call("GET", "before")).isEqualTo("$9\r\nthe crash\r\n");
        assertThat(second.call("SET", "after", "it")).isEqualTo("+OK\r\n");
      }
    }
  }
}
