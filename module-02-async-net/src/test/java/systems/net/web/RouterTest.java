package systems.net.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("phase-5")
final class RouterTest {
  private final Router router = new Router();
  private final Stand stand = new Stand(router);

  private void route(String method, String pattern) {
    router.on(method, pattern, (request, response, match) -> response.send(method + " " + pattern));
  }

  private static Router.Route values(String... names) {
    return (request, response, match) -> {
      var text = new StringBuilder();
      for (String name : names) {
        text.append(name).append('=').append(match.get(name)).append(' ');
      }
      response.send(text.append(match.tail()).toString());
    };
  }

  @ParameterizedTest
  @CsvSource({
    "/, /",
    "/users, /users",
    "/users/, /users/",
    "/users/7, /users/{id}",
    "/users/me, /users/me",
    "/users/7/posts, /users/{id}/posts",
    "/users/me/posts, /users/{id}/posts",
    "/users/me/drafts, /users/me/drafts",
    "/files/, /files/{path...}",
    "/files/a/b/c, /files/{path...}",
    "/files/a/info, /files/{name}/info",
    "/files/a/b, /files/{path...}",
  })
  void theMostExactPatternWins(String path, String pattern) {
    for (String added :
        new String[] {
          "/files/{path...}",
          "/users/{id}/posts",
          "/users/{id}",
          "/users/me",
          "/users/me/drafts",
          "/users",
          "/users/",
          "/files/{name}/info",
          "/"
        }) {
      route("GET", added);
    }
    assertThat(stand.get(path).body()).isEqualTo("GET " + pattern);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/nobody", "/users/7/", "/users//posts", "/files", "//users", "/users/7/x"})
  void whatFitsNoPatternIsNotFound(String path) {
    route("GET", "/users/{id}");
    route("GET", "/users/{id}/posts");
    route("GET", "/files/{path...}");
    assertThat(stand.get(path).status()).isEqualTo(404);
  }

  @Test
  void parametersAreDecodedOnceAndKeepTheirSlash() {
    router.get("/a/{x}/b/{y}", values("x", "y"));
    assertThat(stand.get("/a/1%2F2/b/caf%C3%A9+%2525").text()).isEqualTo("x=1/2 y=café+%25 []");
  }

  @Test
  void aTailIsTheSegmentsThatAreLeft() {
    router.get("/{x}/{rest...}", values("x"));
    assertThat(stand.get("/a/b%2Fc//d/").body()).isEqualTo("x=a [b/c, , d, ]");
  }

  @Test
  void aParameterThatLedNowhereIsForgotten() {
    router.get("/{a}/{b}/end", values("a", "b"));
    router.get("/{a}/x/{c...}", values("a"));
    router.get("/p/{q}/r/s", values("q"));
    assertThat(stand.get("/p/x/r/other").body())
        .as("the way through /p/{q} is given up")
        .isEqualTo("a=p [r, other]");
    router.get("/{b...}", (request, response, match) -> response.send("tail " + match.tail()));
    assertThat(stand.get("/p/q/r").body()).isEqualTo("tail [p, q, r]");
  }

  @Test
  void namesBelongToTheirPattern() {
    router.get("/{user}/posts", values("user"));
    router.get("/{team}/members", values("team"));
    assertThat(stand.get("/7/members").body()).isEqualTo("team=7 []");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/a/%2",
        "/a/%",
        "/a/%zz",
        "/a/%C3",
        "/a/%C0%AE",
        "/a/%ED%A0%80",
        "/a/..",
        "/a/.",
        "/a/%2e%2E",
        "/a/.%2e/b",
        "/../a"
      })
  void aPathThatIsNoneIsABadRequest(String path) {
    route("GET", "/{rest...}");
    assertThat(stand.get(path).status()).as(path).isEqualTo(400);
  }

  @Test
  void dotsWithinNamesAreNames() {
    route("GET", "/{rest...}");
    assertThat(stand.get("/..a/b../...").status()).isEqualTo(200);
  }

  @Test
  void aPathOfTooManySegmentsIsTooLong() {
    route("GET", "/{rest...}");
    assertThat(stand.get("/a".repeat(Segments.COUNT_MAX)).status()).isEqualTo(200);
    assertThat(stand.get("/a".repeat(Segments.COUNT_MAX + 1)).status()).isEqualTo(414);
  }

  @Test
  void anotherMethodIsNotAllowedAndTheOthersAreNamed() {
    route("GET", "/users/{id}");
    route("DELETE", "/users/{id}");
    route("PUT", "/users/me");
    Stand.Answer answer = stand.ask("PUT", "/users/7");
    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.field("Allow")).as("Allow").isEqualTo("DELETE, GET, HEAD, OPTIONS");
    assertThat(stand.get("/users/me").status()).as("the path decides alone").isEqualTo(405);
  }

  @Test
  void aMethodThatNoRouteHasIsNotImplemented() {
    route("GET", "/a");
    assertThat(stand.ask("BREW", "/a").status()).isEqualTo(501);
    assertThat(stand.ask("BREW", "/b").status()).isEqualTo(501);
    assertThat(stand.ask("HEAD", "/b").status()).isEqualTo(404);
  }

  @Test
  void headIsGetWithoutTheBody() {
    route("GET", "/a");
    Stand.Answer answer = stand.ask("HEAD", "/a");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEmpty();
    assertThat(answer.field("Content-Length")).isEqualTo("6");
    router.on("HEAD", "/b", (request, response) -> response.status(204).send());
    assertThat(stand.get("/b").status()).isEqualTo(405);
  }

  @Test
  void optionsAreAnsweredWithAllow() {
    route("GET", "/a");
    route("POST", "/b");
    Stand.Answer one = stand.ask("OPTIONS", "/a");
    assertThat(one.status()).isEqualTo(204);
    assertThat(one.field("Allow")).isEqualTo("GET, HEAD, OPTIONS");
    assertThat(stand.ask("OPTIONS", "*").field("Allow")).isEqualTo("GET, HEAD, OPTIONS, POST");
    assertThat(stand.ask("OPTIONS", "/c").status()).isEqualTo(404);
  }

  @Test
  void aConnectIsNotForARouter() {
    route("GET", "/{rest...}");
    assertThat(stand.ask("CONNECT", "a.example:80").status()).isIn(400, 501);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "a", "/{}", "/{a}/{a}", "/{a...}/b", "/a{b}", "/%41", "/a?b", "/..", "/{...}"})
  void aPatternThatIsNoneIsRefused(String pattern) {
    assertThatThrownBy(() -> route("GET", pattern)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aSecondRouteForTheSamePatternIsRefused() {
    route("GET", "/a/{x}");
    assertThatThrownBy(() -> route("GET", "/a/{y}")).isInstanceOf(IllegalArgumentException.class);
  }
}
