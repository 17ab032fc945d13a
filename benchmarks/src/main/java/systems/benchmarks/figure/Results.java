package systems.benchmarks.figure;

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
 * <p>A run of some subjects replaces these in the file and leaves the others with the date and the
 * number of rounds that they had, if the file is from the same machine, scale and flags; else it is
 * written anew.
 *
 * @param head machine, scale, JVM flags: what must be alike for figures to stand in one file
 * @param subjects the figures, with date, command and rounds for each subject, in their order
 */
public record Results(Map<String, Object> head, Map<Subject, Entry> subjects) {

  /** The figures of one subject and where they come from. */
  public record Entry(String date, String command, int rounds, List<Figure> figures) {
    Map<String, Object> toJson(Subject subject) {
      var json = new LinkedHashMap<String, Object>();
      json.put("what", subject.what());
      json.put("date", date);
      json.put("command", command);
      json.put("rounds", rounds);
      figures.forEach(figure -> json.put(figure.metric().key(), figure.toJson()));
      return json;
    }

    static Entry fromJson(Subject subject, Map<String, Object> json) {
      var figures = new ArrayList<Figure>();
      for (Metric metric : Metric.values()) {
        if (json.containsKey(metric.key())) {
          figures.add(Figure.fromJson(subject, metric, Json.object(json, metric.key())));
        }
      }
      return new Entry(
          Json.text(json, "date"),
          Json.text(json, "command"),
          (int) Json.number(json, "rounds"),
          figures);
    }
  }

  /** Every figure in the order of the subjects. */
  public List<Figure> figures() {
    return subjects.values().stream().flatMap(entry -> entry.figures().stream()).toList();
  }

  /**
   * These results over those of a file, where the file can hold both.
   *
   * @param all subjects that there are, in their order; what the file has of others is dropped
   */
  public Results over(Path file, List<? extends Subject> all) throws IOException {
    if (!Files.exists(file)) {
      return this;
    }
    Results earlier = fromJson(Json.parseObject(Files.readString(file)), all);
    if (!Json.line(earlier.head).equals(Json.line(head))) {
      return this;
    }
    var merged = new LinkedHashMap<Subject, Entry>();
    for (Subject subject : all) {
      Entry entry = subjects.getOrDefault(subject, earlier.subjects.get(subject));
      if (entry != null) {
        merged.put(subject, entry);
      }
    }
    return new Results(head, merged);
  }

  /** As a file. */
  public Map<String, Object> toJson() {
    var json = new LinkedHashMap<String, Object>(head);
    var all = new LinkedHashMap<String, Object>();
    subjects.forEach((subject, entry) -> all.put(subject.title(), entry.toJson(subject)));
    json.put("workloads", all);
    return json;
  }

  private static Results fromJson(Map<String, Object> json, List<? extends Subject> all) {
    var head = new LinkedHashMap<String, Object>(json);
    head.remove("workloads");
    var subjects = new LinkedHashMap<Subject, Entry>();
    Map<String, Object> entries = Json.object(json, "workloads");
    for (Subject subject : all) {
      if (entries.containsKey(subject.title())) {
        subjects.put(subject, Entry.fromJson(subject, Json.object(entries, subject.title())));
      }
    }
    return new Results(head, subjects);
  }
}
