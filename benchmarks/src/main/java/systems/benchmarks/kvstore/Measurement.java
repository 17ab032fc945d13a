package systems.benchmarks.kvstore;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;
import systems.benchmarks.Json;
import systems.benchmarks.figure.Metric;

/**
 * What one workload in one process has told.
 *
 * @param checksum a digest of what was read, the same for every system, or "" if nothing was
 */
record Measurement(Workload workload, Map<Metric, Double> values, String checksum) {

  static Measurement of(Workload workload) {
    return new Measurement(workload, new EnumMap<>(Metric.class), "");
  }

  Measurement with(Metric metric, double value) {
    values.put(metric, value);
    return this;
  }

  Measurement with(Metric metric, long value) {
    return with(metric, (double) value);
  }

  Measurement withLatency(Histogram histogram) {
    return with(Metric.P50, histogram.getValueAtPercentile(50))
        .with(Metric.P99, histogram.getValueAtPercentile(99))
        .with(Metric.P999, histogram.getValueAtPercentile(99.9))
        .with(Metric.MAX, histogram.getMaxValue());
  }

  Measurement withChecksum(long digest) {
    return new Measurement(workload, values, Long.toHexString(digest));
  }

  Map<String, Object> toJson() {
    var json = new LinkedHashMap<String, Object>();
    json.put("workload", workload.title());
    json.put("checksum", checksum);
    values.forEach((metric, value) -> json.put(metric.key(), value));
    return json;
  }

  static Measurement fromJson(Map<String, Object> json) {
    Workload workload = Workload.of(Json.text(json, "workload"));
    var measurement =
        new Measurement(workload, new EnumMap<>(Metric.class), Json.text(json, "checksum"));
    for (Metric metric : Metric.values()) {
      if (json.get(metric.key()) instanceof Number value) {
        measurement.with(metric, value.doubleValue());
      }
    }
    return measurement;
  }
}
