package systems.net.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-7")
final class RegistryTest {
  private static final List<String> NONE = List.of();
  private final Registry registry = new Registry();

  private PrometheusPage page() {
    return new PrometheusPage(registry.text());
  }

  private void count(String path, long n) {
    registry.counter("requests_total", "All.", List.of("path"), List.of(path)).add(n);
  }

  @Test
  void thePageIsExactlyThis() {
    count("/a", 3);
    registry.gauge("open", "Now.\nAll.", NONE, NONE).set(2.5);
    assertThat(registry.text())
        .isEqualTo(
            """
            # HELP requests_total All.
            # TYPE requests_total counter
            requests_total{path="/a"} 3
            # HELP open Now.\\nAll.
            # TYPE open gauge
            open 2.5
            # HELP observe_series_dropped_total Series beyond the bound, counted as other.
            # TYPE observe_series_dropped_total counter
            observe_series_dropped_total 0
            """);
  }

  @Test
  void textsOfStrangersStayInTheirQuotes() {
    String path = "a \"b\" \\ \n c} 1\nd{\\n\u00e9";
    count(path, 3);
    assertThat(page().value("requests_total", "path", path)).isEqualTo(3);
  }

  @Test
  void bucketsOfAHistogramRiseToItsCount() {
    Histogram times = registry.histogram("seconds", "Times.", List.of("to"), List.of("a"));
    times.record(3_000_000);
    times.record(400_000_000);
    times.record(70_000_000_000L);
    PrometheusPage page = page();
    assertThat(page.value("seconds_bucket", "to", "a", "le", "0.0025")).isZero();
    assertThat(page.value("seconds_bucket", "to", "a", "le", "0.005")).isEqualTo(1);
    assertThat(page.value("seconds_bucket", "to", "a", "le", "0.5")).isEqualTo(2);
    assertThat(page.value("seconds_bucket", "to", "a", "le", "10")).isEqualTo(2);
    assertThat(page.value("seconds_bucket", "to", "a", "le", "+Inf")).isEqualTo(3);
    assertThat(page.value("seconds_count", "to", "a")).isEqualTo(3);
    assertThat(page.value("seconds_sum", "to", "a")).isEqualTo(70.403);
  }

  @Test
  void numbersThatAreNoneHaveTheirNames() {
    registry.gauge("a", "A.", NONE, NONE, () -> Double.NaN);
    registry.gauge("b", "B.", NONE, NONE, () -> Double.NEGATIVE_INFINITY);
    registry.gauge("c", "C.", NONE, NONE, () -> 1e300);
    assertThat(page().value("a")).isNaN();
    assertThat(page().value("b")).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(page().value("c")).isEqualTo(1e300);
  }

  @Test
  void numbersOfSeveralLoopsAreOneSum() throws InterruptedException {
    count("/a", 2);
    Thread other = new Thread(() -> count("/a", 3));
    other.start();
    other.join();
    count("/a", 4);
    assertThat(page().value("requests_total", "path", "/a")).isEqualTo(9);
  }

  @Test
  void whoAsksAgainGetsTheSame() {
    Registry.Counter first = registry.counter("n", "N.", List.of("k"), List.of("a"));
    assertThat(registry.counter("n", "N.", List.of("k"), List.of("a"))).isSameAs(first);
    assertThat(registry.counter("n", "N.", List.of("k"), List.of("b"))).isNotSameAs(first);
  }

  @Test
  void aGaugeGoesUpAndDown() {
    Registry.Gauge open = registry.gauge("open", "Now.", NONE, NONE);
    open.add(5);
    open.add(-2);
    assertThat(open.get()).isEqualTo(3);
    assertThat(page().value("open")).isEqualTo(3);
  }

  @Test
  void aStrangerCannotMakeSeriesWithoutEnd() {
    for (int i = 0; i < 1000; i++) {
      count("/" + i, 1);
    }
    count("/3", 1);
    PrometheusPage page = page();
    int beyond = 1000 - Registry.SERIES_MAX;
    assertThat(page.families.get("requests_total").samples)
        .as("series of one name")
        .hasSize(Registry.SERIES_MAX + 1);
    assertThat(page.value("requests_total", "path", "other")).isEqualTo(beyond);
    assertThat(page.value("requests_total", "path", "/3")).isEqualTo(2);
    assertThat(page.value("observe_series_dropped_total")).isEqualTo(beyond);
    assertThat(registry.dropped()).isEqualTo(beyond);
  }

  @Test
  void aNameHasOneTypeAndOneSetOfLabels() {
    count("/", 1);
    registry.histogram("times", "T.", NONE, NONE).record(1);
    assertThatThrownBy(() -> registry.counter("requests_total", "N.", List.of("b"), List.of("x")))
        .hasMessageContaining("requests_total is known as a counter with labels [path]");
    assertThatThrownBy(() -> registry.gauge("requests_total", "", List.of("path"), List.of("x")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> registry.counter("times_count", "N.", NONE, NONE))
        .hasMessageContaining("another metric");
    assertThatThrownBy(() -> count2("x")).hasMessageContaining("values");
  }

  private void count2(String path) {
    registry.counter("requests_total", "All.", List.of("path"), List.of(path, path)).add(1);
  }

  @Test
  void namesFollowTheGrammar() {
    count("/", 1);
    for (String name : List.of("", "1n", "a-b", "a b", "\u00e9")) {
      assertThatThrownBy(() -> registry.counter(name, "N.", NONE, NONE))
          .as(name)
          .hasMessageContaining("no name of a metric");
    }
    for (String label : List.of("", "__a", "a:b", "1")) {
      assertThatThrownBy(() -> registry.counter("n", "N.", List.of(label), List.of("x")))
          .as(label)
          .hasMessageContaining("no name of a label");
    }
    assertThatThrownBy(() -> registry.histogram("n", "N.", List.of("le"), List.of("x")))
        .hasMessageContaining("le");
    assertThatThrownBy(() -> registry.counter("n", "N.", List.of("a", "a"), List.of("x", "y")))
        .hasMessageContaining("twice");
  }
}
