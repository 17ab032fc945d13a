package systems.benchmarks.kvstore;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import systems.benchmarks.Json;

/**
 * A results file: where, when and how, and the figures by key. {@code workloads.readseq.rate.ratio
 * .median} is the path by which a document takes a number.
 *
 * <p>A run of some workloads replaces these in the file and leaves the others with the date and the
 * number of rounds that they had, if the file is from the same machine, scale and flags; else it is
 * written anew.
 *
 * @param head machine, scale, JVM flags: what must be alike for figures to stand in one file
 * @param workloads the figures, with date, command and rounds for each workload
 */
record Results(Map<String, Object> head, Map<Workload, Entry> workloads) {

  /** The figures of one workload and where they come from. */
  record Entry(String date, String command, int rounds, List<Figure> figures) {
    Map<String, Object> toJson(Workload workload) {
      var json = new LinkedHashMap<String, Object>();
      json.put("what", workload.what());
      json.put("date", date);
      json.put("command", command);
      json.put("rounds", rounds);
      figures.forEach(figure -> json.put(figure.metric().key(), figure.toJson()));
      return json;
    }

    static Entry fromJson(Workload workload, Map<String, Object> json) {
      var figures = new ArrayList<Figure>();
      for (Metric metric : Metric.values()) {
        if (json.containsKey(metric.key())) {
          figures.add(Figure.fromJson(workload, metric, Json.object(json, metric.key())));
        }
      }
      return new Entry(
          Json.text(json, "date"),
          Json.text(json, "command"),
          (int) Json.number(json, "rounds"),
          figures);
    }
  }

  /** Every figure in the order of the workloads. */
  List<Figure> figures() {
    return workloads.values().stream().flatMap(entry -> entry.figures().stream()).toList();
  }

  /** These results over those of a file, where the file can hold both. */
  Results over(Path file) throws IOException {
    if (!Files.exists(file)) {
      return this;
    }
    Results earlier = fromJson(Json.parseObject(Files.readString(file)));
    if (!Json.line(earlier.head).equals(Json.line(head))) {
      return this;
    }
    var merged = new java.util.TreeMap<Workload, Entry>(earlier.workloads);
    merged.putAll(workloads);
    return new Results(head, merged);
  }

  /** As a file. */
  Map<String, Object> toJson() {
    var json = new LinkedHashMap<String, Object>(head);
    var all = new LinkedHashMap<String, Object>();
    workloads.forEach((workload, entry) -> all.put(workload.title(), entry.toJson(workload)));
    json.put("workloads", all);
    return json;
  }

  static Results fromJson(Map<String, Object> json) {
    var head = new LinkedHashMap<String, Object>(json);
    head.remove("workloads");
    var workloads = new java.util.TreeMap<Workload, Entry>();
    Map<String, Object> all = Json.object(json, "workloads");
    for (String title : all.keySet()) {
      Workload workload = Workload.of(title);
      workloads.put(workload, Entry.fromJson(workload, Json.object(all, title)));
    }
    return new Results(head, workloads);
  }
}
