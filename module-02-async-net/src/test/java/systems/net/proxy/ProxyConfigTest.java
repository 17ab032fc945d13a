package systems.net.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a configuration says, and what is said about one that is wrong. */
@Tag("phase-7")
class ProxyConfigTest {
  private static final String FULL =
      """
      listen: ["127.0.0.1:8080", "[::1]:8080"]
      admin: 127.0.0.1:9090
      name: edge
      clusters:
        api:
          balance: consistent-hash
          hash-on: address
          connections: 10
          upstreams:
            - address: 127.0.0.1:9001
            - {address: "127.0.0.1:9002", weight: 3}
          health: {path: /up, interval: 500ms}
          eject: {failures: 2, for: 1m}
      routes:
        - host: API.example.org
          path: /v1
          cluster: api
          timeout: 1h
          keep-body: 1MiB
          rate: {per-second: 5, burst: 2}
          upgrade: []
      """;

  private static String refused(String yaml) {
    ConfigException wrong =
        catchThrowableOfType(ConfigException.class, () -> ProxyConfig.parse(yaml));
    assertThat(wrong).as("accepted: %s", yaml).isNotNull();
    return String.valueOf(wrong.getMessage());
  }

  @Test
  void everythingIsReadWithItsUnit() {
    ProxyConfig config = ProxyWorld.config(FULL);
    assertThat(config.listen()).hasSize(2);
    ProxyConfig.ClusterConfig api = config.clusters().get("api");
    assertThat(api).isNotNull();
    assertThat(api.balance()).isEqualTo(ProxyConfig.Balance.CONSISTENT_HASH);
    assertThat(api.upstreams().get(1).weight()).isEqualTo(3);
    assertThat(api.eject()).isEqualTo(new ProxyConfig.EjectConfig(2, 60 * ProxyWorld.SECOND, 50));
    ProxyConfig.RouteConfig route = config.routes().getFirst();
    assertThat(route.host()).isEqualTo("api.example.org");
    assertThat(route.timeoutNanos()).isEqualTo(3600 * ProxyWorld.SECOND);
    assertThat(route.keepBytes()).isEqualTo(1 << 20);
    assertThat(route.upgrades()).isEmpty();
  }

  @Test
  void equalTextsAreEqualConfigurations() {
    assertThat(ProxyWorld.config(FULL)).isEqualTo(ProxyWorld.config("# comment\n" + FULL));
  }

  @Test
  void slipIsToldWithItsLineAndWhatWasMeant() {
    assertThat(refused(FULL.replace("timeout:", "timeuot:")))
        .isEqualTo("line 18: routes[0] has no \"timeuot\"; did you mean \"timeout\"?");
    assertThat(refused(FULL.replace("timeout: 1h", "timeout: 10 seconds")))
        .startsWith("line 18: routes[0].timeout: \"10 seconds\" is no duration")
        .contains("as in 250ms");
    assertThat(refused(FULL.replace("cluster: api", "cluster: apu")))
        .isEqualTo("line 17: routes[0].cluster: there is no cluster \"apu\"; there are api");
    assertThat(refused(FULL.replace("weight: 3", "weight: 3000")))
        .isEqualTo(
            "line 11: clusters.api.upstreams[1].weight: \"3000\" is no whole number from 1 to"
                + " 1000");
    assertThat(refused(FULL.replace("consistent-hash", "random")))
        .isEqualTo(
            "line 6: clusters.api.balance: \"random\" is none of round-robin, least-requests,"
                + " consistent-hash");
  }

  @Test
  void nonsenseIsRefused() {
    for (String wrong :
        List.of(
            "",
            "- list",
            "a: [",
            "x: &a [*a]",
            FULL.replace("name: edge", "name: two words"),
            FULL.replace("127.0.0.1:9001", "127.0.0.1"),
            FULL.replace("127.0.0.1:9001", "127.0.0.1:99999"),
            FULL.replace("127.0.0.1:9001", "127.0.0.1:9002"),
            FULL.replace("path: /v1", "path: v1"),
            FULL.replace("1MiB", "1GiB"),
            FULL.replace("500ms", "0ms"),
            FULL.replace("interval: 500ms", "interval: 99999999999999999999h"),
            FULL.replace("per-second: 5, ", ""),
            FULL.replace("name: edge", "name: edge\nname: edge"))) {
      assertThat(refused(wrong)).as(wrong).isNotEmpty();
    }
  }

  @Test
  void smallFileDoesNotBecomeALargeOne() {
    var bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 100; i++) {
      bomb.append(
          "a%d: &a%d [*a%d, *a%d, *a%d, *a%d]\n".formatted(i, i, i - 1, i - 1, i - 1, i - 1));
    }
    assertThat(refused(bomb.toString())).isNotEmpty();
    assertThat(refused("x: " + "[".repeat(10_000))).isNotEmpty();
  }

  @Test
  void longestPathOfTheMostExactHostIsTaken() {
    var routes =
        new Routes<String>(
            List.of(
                route("", "/"),
                route("", "/a"),
                route("*.b.c", "/"),
                route("*.a.b.c", "/"),
                route("a.b.c", "/a/b"),
                route("a.b.c", "/a")),
            ProxyConfig.RouteConfig::label);
    assertThat(routes.find(Routes.host("other:80"), "/a/x")).isEqualTo("/a");
    assertThat(routes.find(Routes.host("other"), "/ab")).as("half a segment").isEqualTo("/");
    assertThat(routes.find(Routes.host("A.B.C.:8080"), "/a/b/c")).isEqualTo("a.b.c/a/b");
    assertThat(routes.find(Routes.host("a.b.c"), "/a/bc")).isEqualTo("a.b.c/a");
    assertThat(routes.find(Routes.host("a.b.c"), "/x")).as("another host's routes").isNull();
    assertThat(routes.find(Routes.host("x.b.c"), "/x")).isEqualTo("*.b.c/");
    assertThat(routes.find(Routes.host("x.a.b.c"), "/x")).isEqualTo("*.a.b.c/");
    assertThat(routes.find(Routes.host("[::1]:80"), "*")).isEqualTo("/");
  }

  private static ProxyConfig.RouteConfig route(String host, String path) {
    return new ProxyConfig.RouteConfig(host, path, "c", 1, 0, 0, 0, 0, 0, List.of(), "");
  }
}
