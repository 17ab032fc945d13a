package systems.course;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.course.site.FakeNode;

/** The command in a process of its own, with a PATH on which only the fakes are. */
class SiteCommandTest {
  private static final Pattern SERVING =
      Pattern.compile("serving it at (http://127\\.0\\.0\\.1:\\d+/) \\(Ctrl-C ends\\)");

  @TempDir Path root;
  private FakeCheckout checkout;
  private FakeNode fake;

  @BeforeEach
  void makeCheckout() throws IOException {
    root = root.toRealPath();
    checkout = new FakeCheckout(root);
    fake = new FakeNode(root);
  }

  @Test
  void buildSaysWhereTheSiteLies() throws Exception {
    Process process = start("site");
    assertThat(process.inputReader(StandardCharsets.UTF_8).lines())
        .containsExactly("the site lies in " + fake.dist());
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void servesUntilItIsTerminated() throws Exception {
    Process process = start("site", "--serve", "--port", "0");
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      assertThat(lines.readLine()).startsWith("the site lies in ");
      Matcher address = SERVING.matcher(lines.readLine());
      assertThat(address.matches()).isTrue();
      assertThat(get(address.group(1))).isEqualTo("the first page\n");
      process.toHandle().destroy();
      assertThat(process.waitFor()).isEqualTo(128 + 15);
      assertThat(lines.readLine()).isNull();
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void portWithoutServeAndPortsThatAreNoneAreWrongUsage() {
    for (String[] args :
        new String[][] {
          {"site", "--port", "1"}, {"site", "--serve", "--port", "-1"},
          {"site", "--serve", "--port", "65536"}, {"site", "--serve", "--port", "x"}
        }) {
      var result = checkout.course(args);
      assertThat(result.exitCode()).isEqualTo(2);
      assertThat(result.err()).contains("--port");
      assertThat(result.out()).isEmpty();
    }
  }

  @Test
  void verifyBuildsTheSiteAndOpensItInABrowser() throws Exception {
    Process process = verify(Map.of("CHROMIUM", fake.path() + "/node"));
    assertThat(process.inputReader(StandardCharsets.UTF_8).lines())
        .endsWith("site: every page opened, no faults", "verify: all is as it should be");
    assertThat(process.waitFor()).isZero();
    assertThat(fake.calls()).containsExactly("ci --loglevel=http", "run build", "test");
  }

  @Test
  void verifySaysThatItLeavesTheSiteOutWhereABrowserIsMissing() throws Exception {
    Process process = verify(Map.of("CHROMIUM", "/no/browser"));
    assertThat(process.inputReader(StandardCharsets.UTF_8).lines())
        .endsWith(
            "site: left out. Chromium opens the site, and there is no /no/browser:"
                + " install it, or set CHROMIUM to where it is",
            "verify: all is as it should be");
    assertThat(process.waitFor()).isZero();
    assertThat(fake.calls()).isEmpty();
  }

  @Test
  void inCiTheSiteIsNotLeftOut() throws Exception {
    Process process = verify(Map.of("CHROMIUM", "/no/browser", "CI", "true"));
    assertThat(process.waitFor()).isEqualTo(1);
    assertThat(root.resolve("stderr")).content().contains("there is no /no/browser");
  }

  @Test
  void siteWithFaultsFailsTheVerification() throws Exception {
    fake.fail("test", "a dead link");
    Process process = verify(Map.of("CHROMIUM", fake.path() + "/node"));
    assertThat(process.waitFor()).isEqualTo(1);
    assertThat(root.resolve("stderr")).content().contains("a dead link", "the site has faults");
  }

  /** A checkout without modules, so that no demo runs and the site is all there is. */
  private Process verify(Map<String, String> variables) throws IOException {
    Files.delete(checkout.module.resolve("course.yaml"));
    return start(variables, "verify");
  }

  private Process start(String... args) throws IOException {
    return start(Map.of(), args);
  }

  private Process start(Map<String, String> variables, String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx64m", "-Dcourse.root=" + root));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), "systems.course.Main"));
    command.addAll(List.of(args));
    var builder = new ProcessBuilder(command);
    builder.environment().put("PATH", fake.path());
    builder.environment().remove("CI");
    builder.environment().putAll(variables);
    builder.redirectError(root.resolve("stderr").toFile());
    return builder.start();
  }

  private static String get(String address) throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      var request = HttpRequest.newBuilder(URI.create(address)).build();
      return client.send(request, BodyHandlers.ofString()).body();
    }
  }
}
