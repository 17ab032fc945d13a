package systems.benchmarks.figure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import systems.benchmarks.Json;
import systems.benchmarks.Machine;
import systems.benchmarks.Spread;

/**
 * Ratios and spreads that somebody has recorded on an architecture, to see whether a change has
 * made something slower. It has no absolute times: those belong to one machine on one day.
 *
 * <p>A ratio is worse than the baseline if its median lies outside of the recorded rounds by more
 * than a tenth, which is what two runs of the same code differ by on a shared machine.
 */
public record Baseline(String date, Map<String, Spread> ratios) {
  private static final double TOLERANCE = 1.1;

  /** How a figure stands to what was recorded. */
  public enum Verdict {
    NOT_RECORDED("-"),
    AS_BEFORE("as before"),
    BETTER("better"),
    WORSE("worse");

    private final String words;

    Verdict(String words) {
      this.words = words;
    }

    @Override
    public String toString() {
      return words;
    }
  }

  /** What is recorded of results: the ratios. */
  public static Baseline of(String date, Results results) {
    var ratios = new LinkedHashMap<String, Spread>();
    for (Figure figure : results.figures()) {
      if (figure.ratio() != null) {
        ratios.put(figure.key(), figure.ratio());
      }
    }
    return new Baseline(date, ratios);
  }

  /** How a figure stands to what was recorded of it. */
  public Verdict verdict(Figure figure) {
    Spread recorded = ratios.get(figure.key());
    if (recorded == null || figure.ratio() == null) {
      return Verdict.NOT_RECORDED;
    }
    double now = figure.ratio().median();
    boolean above = now > recorded.max() * TOLERANCE;
    boolean below = now < recorded.min() / TOLERANCE;
    if (!above && !below) {
      return Verdict.AS_BEFORE;
    }
    return above == figure.metric().moreIsBetter() ? Verdict.BETTER : Verdict.WORSE;
  }

  /** What a file has, if there is one. */
  public static Optional<Baseline> read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    Map<String, Object> json = Json.parseObject(Files.readString(file));
    var ratios = new LinkedHashMap<String, Spread>();
    Map<String, Object> all = Json.object(json, "ratios");
    for (String key : all.keySet()) {
      ratios.put(key, Spread.fromJson(Json.object(all, key)));
    }
    return Optional.of(new Baseline(Json.text(json, "date"), ratios));
  }

  /** Writes the file. */
  public void write(Path file, Machine machine) throws IOException {
    var json = new LinkedHashMap<String, Object>();
    json.put("what", "ratios, ours / rival's: median, min and max of the rounds");
    json.put("arch", machine.arch());
    json.put("cpu", machine.cpu());
    json.put("cores", machine.cores());
    json.put("jdk", machine.jdk());
    json.put("date", date);
    var all = new LinkedHashMap<String, Object>();
    ratios.forEach((key, spread) -> all.put(key, spread.toJson()));
    json.put("ratios", all);
    Files.createDirectories(file.getParent());
    Files.writeString(file, Json.pretty(json));
  }
}
