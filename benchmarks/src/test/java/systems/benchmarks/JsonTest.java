package systems.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  private static Map<String, Object> sample() {
    var json = new LinkedHashMap<String, Object>();
    json.put("text", "a \"quoted\" \\ line\nand \t one more \u0001");
    json.put("whole", 12_345_678_901.0);
    json.put("small", 0.00012);
    json.put("truth", true);
    json.put("list", List.of(1.0, "two", Map.of("three", 3.0)));
    json.put("inner", new LinkedHashMap<>(Map.of("empty", new LinkedHashMap<>())));
    return json;
  }

  @Test
  void whatWasWrittenOnOneLineComesBack() {
    assertThat(Json.line(sample())).doesNotContain("\n");
    assertThat(Json.parseObject(Json.line(sample()))).isEqualTo(sample());
  }

  @Test
  void whatWasWrittenOverManyLinesComesBack() {
    assertThat(Json.parseObject(Json.pretty(sample()))).isEqualTo(sample());
  }

  @Test
  void whatIsNotANumberIsWrittenAsNull() {
    assertThat(Json.line(Map.of("nan", Double.NaN))).isEqualTo("{\"nan\": null}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "{", "{\"a\"}", "{\"a\": 1} x", "[1]", "{\"a\": \"b", "{\"a\": zero}"})
  void aDamagedTextIsRefused(String text) {
    assertThatThrownBy(() -> Json.parseObject(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void deepNestingIsRefusedBeforeTheStackEnds() {
    assertThatThrownBy(() -> Json.parseObject("{\"a\":".repeat(100_000)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("32 levels");
  }
}
