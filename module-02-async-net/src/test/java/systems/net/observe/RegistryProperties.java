package systems.net.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

@Tag("phase-7")
final class RegistryProperties {
  @Property(tries = 150)
  void whateverALabelSaysItIsReadBack(
      @ForAll @Size(max = 20) Set<String> texts, @ForAll String help) {
    var registry = new Registry();
    long n = 0;
    for (String text : texts) {
      n++;
      registry.counter("n_total", help, List.of("a", "b"), List.of(text, "x")).add(n);
    }
    var page = new PrometheusPage(registry.text());
    n = 0;
    for (String text : texts) {
      n++;
      assertThat(page.value("n_total", "a", text, "b", "x")).as("count of %s", text).isEqualTo(n);
    }
  }

  @Property(tries = 80)
  void bucketsOfAnyTimesRiseToTheirCount(
      @ForAll List<@LongRange(min = 0, max = 20_000_000_000L) Long> times) {
    var registry = new Registry();
    Histogram histogram = registry.histogram("t", "T.", List.of(), List.of());
    times.forEach(histogram::record);
    var page = new PrometheusPage(registry.text());
    assertThat(page.value("t_count")).isEqualTo(times.size());
    double atMostASecond = times.stream().filter(t -> t <= 1_000_000_000L).count();
    double most = times.stream().filter(t -> t <= 1_000_000_000L * 65 / 64).count();
    assertThat(page.value("t_bucket", "le", "1")).isBetween(atMostASecond, most);
  }
}
