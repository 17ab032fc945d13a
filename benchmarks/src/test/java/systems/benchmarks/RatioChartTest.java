package systems.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class RatioChartTest {
  private static Document chart(RatioChart.Row... rows) throws Exception {
    String svg = RatioChart.svg("ours < theirs", "a & b", List.of(rows));
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
  }

  private static double centre(Document chart, int row) {
    var circle = (Element) chart.getElementsByTagName("circle").item(row);
    return Double.parseDouble(circle.getAttribute("cx"));
  }

  private static String style(Document chart, int row) {
    return ((Element) chart.getElementsByTagName("circle").item(row)).getAttribute("class");
  }

  private static RatioChart.Row row(double ratio, Double goal) {
    return new RatioChart.Row("r", "n", new Spread(ratio, ratio * 0.9, ratio * 1.1), goal);
  }

  @Test
  void theAxisIsLogarithmic() throws Exception {
    Document chart = chart(row(0.5, null), row(1, null), row(2, null), row(4, null));
    double step = centre(chart, 1) - centre(chart, 0);
    assertThat(step).isPositive();
    assertThat(centre(chart, 2) - centre(chart, 1)).isCloseTo(step, within());
    assertThat(centre(chart, 3) - centre(chart, 2)).isCloseTo(step, within());
  }

  private static org.assertj.core.data.Offset<Double> within() {
    return org.assertj.core.data.Offset.offset(0.2);
  }

  @Test
  void aMissedGoalLooksDifferentFromAReachedOne() throws Exception {
    Document chart = chart(row(2, 1.5), row(1.4, 1.5), row(0.8, null));
    assertThat(style(chart, 0)).isEqualTo("met");
    assertThat(style(chart, 1)).isEqualTo("missed");
    assertThat(style(chart, 2)).isEqualTo("met");
  }

  @Test
  void itFollowsTheReadersDarkSetting() {
    assertThat(RatioChart.svg("t", "s", List.of())).contains("prefers-color-scheme: dark");
  }
}
