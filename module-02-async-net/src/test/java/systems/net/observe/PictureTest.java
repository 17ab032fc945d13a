package systems.net.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

@Tag("phase-7")
final class PictureTest {
  private long now = 1_000_000_000L;
  private final Tracer tracer = new Tracer(1, () -> now, 1, 10_000);

  private List<Span> trace() {
    Span root = tracer.start(null, null, "GET /", Span.Kind.SERVER);
    Span first = root.child("attempt 1", Span.Kind.CLIENT);
    now += 5_000_000;
    first.fail("timed out").end();
    Span second = root.child("attempt 2", Span.Kind.CLIENT);
    Span connect = second.child("connect", Span.Kind.INTERNAL);
    now += 1_000_000;
    connect.end();
    now += 4_000_000;
    second.end();
    root.end();
    return tracer.fetch();
  }

  @Test
  void aTraceIsDrawnInOrder() {
    List<Span> spans = new ArrayList<>(trace());
    Collections.shuffle(spans, new Random(3));
    assertThat(Waterfall.of(spans).lines().toList())
        .containsExactly(
            "GET /                            " + "#".repeat(40) + "      10.0 ms",
            "  attempt 1                      ####################"
                + "                           5.0 ms  timed out",
            "  attempt 2                                          ####################"
                + "       5.0 ms",
            "    connect                                          ####"
                + "                       1.0 ms");
  }

  @Test
  void aSpanWhoseParentIsMissingIsARoot() {
    List<Span> spans = trace().stream().filter(span -> !span.name().equals("attempt 2")).toList();
    assertThat(Waterfall.of(spans).lines())
        .hasSize(3)
        .anySatisfy(line -> assertThat(line).startsWith("connect"));
    assertThat(Waterfall.of(List.of())).isEmpty();
  }

  @Test
  void deepTracesAndCirclesHaveAnEnd() {
    Span span = tracer.start(null, null, "s", Span.Kind.INTERNAL);
    for (int i = 0; i < 2000; i++) {
      Span child = span.child("s", Span.Kind.INTERNAL);
      span.end();
      span = child;
    }
    span.end();
    assertThat(Waterfall.of(tracer.fetch()).lines()).hasSize(2001);
    var one = new TraceContext(1, 1, 5, 1, null);
    var two = new TraceContext(1, 1, 6, 1, null);
    List<Span> circle =
        List.of(
            new Span(tracer, one, 6, "a", Span.Kind.INTERNAL),
            new Span(tracer, two, 5, "b", Span.Kind.INTERNAL));
    assertThat(Waterfall.of(circle).lines()).as("two that are each other's parents").hasSize(2);
  }

  // ---- bars

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private LiveChart chart(boolean inPlace, Charset charset) {
    return new LiveChart(new PrintStream(bytes, true, charset), inPlace);
  }

  private String drawn() {
    String text = bytes.toString(StandardCharsets.UTF_8);
    bytes.reset();
    return text;
  }

  private static LiveChart.Row row(String name, double value) {
    return new LiveChart.Row(name, value, "us", "");
  }

  @Test
  void aChartWithoutATerminalIsPlainLines() {
    LiveChart chart = chart(false, StandardCharsets.UTF_8);
    var remarked = new LiveChart.Row("netty", 20, "us", "x");
    chart.draw("CPU", List.of(row("loop", 10), remarked, row("none", Double.NaN)));
    chart.draw("CPU", List.of());
    assertThat(drawn().lines())
        .containsExactly(
            "CPU",
            "loop       ####################                           10.0 us",
            "netty      ########################################       20.0 us  x",
            "none                                                       NaN us",
            "CPU");
  }

  @Test
  void inATerminalItIsDrawnOverTheLastOne() {
    LiveChart chart = chart(true, StandardCharsets.UTF_8);
    chart.draw("CPU", List.of(row("a", 1), row("b", 2)));
    assertThat(drawn()).as("the first picture").doesNotContain("\u001b[3A").contains("us  █\n");
    chart.draw("CPU", List.of(row("a", 2)));
    assertThat(drawn())
        .as("the second one: up by three lines, each is cleared, and what is below")
        .contains("\u001b[3A\u001b[2KCPU\n\u001b[2Ka ")
        .contains("▅█")
        .contains("\n\u001b[J");
  }

  @Test
  void aTerminalWithoutBlocksGetsSigns() {
    LiveChart chart = chart(true, StandardCharsets.US_ASCII);
    chart.draw("CPU", List.of(row("a", 1)));
    chart.draw("CPU", List.of(row("a", 2)));
    assertThat(drawn()).contains("+#\n").doesNotContain("?█");
  }

  @Test
  void aSparkShowsEachValueAsAPartOfTheLargest() {
    double[] values = {0, 7, 3.5, 1, -5, Double.NaN, Double.POSITIVE_INFINITY};
    assertThat(LiveChart.sparkline(values, "01234567")).isEqualTo("0741007");
    assertThat(LiveChart.sparkline(new double[] {0, 0}, "01234567")).isEqualTo("00");
  }

  // ---- percentiles

  @Test
  void eachNineHasTheSameWidth() throws Exception {
    var times = new Histogram();
    for (int i = 0; i < 9990; i++) {
      times.record(1_000_000);
    }
    for (int i = 0; i < 10; i++) {
      times.record(100_000_000);
    }
    String svg =
        PercentileChart.svg("a < b & c", List.of(new PercentileChart.Series("<x>", times)));
    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(svg)));
    String[] points =
        document
            .getElementsByTagName("polyline")
            .item(0)
            .getAttributes()
            .getNamedItem("points")
            .getNodeValue()
            .trim()
            .split(" ");
    assertThat(points).hasSize(201);
    long low =
        List.of(points).stream().filter(p -> Double.parseDouble(p.split(",")[1]) > 300).count();
    assertThat(low)
        .as("points of 201 below the slowest of a thousand, at three nines of four")
        .isBetween(148L, 152L);
  }
}
