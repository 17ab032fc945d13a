package systems.net.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.loop.Loop;
import systems.net.loop.Simulation;

@Tag("phase-7")
final class SpanExporterTest {
  private static final long SECOND = 1_000_000_000L;
  private static final SpanExporter.Settings SMALL =
      new SpanExporter.Settings(SECOND, 10 * SECOND, 3, 5, 3);

  private final Simulation world = new Simulation(1);
  private final Loop loop = world.loop("export");
  private final Tracer tracer = new Tracer(1, () -> 1, 1, 1000);
  private final List<String> posts = new ArrayList<>();
  private final List<Consumer<Boolean>> answers = new ArrayList<>();

  private SpanExporter exporter(SpanExporter.Collector collector) {
    var exporter = new SpanExporter(loop, tracer, "s", collector, SMALL);
    loop.execute(exporter::start);
    return exporter;
  }

  private SpanExporter silent() {
    return exporter((json, taken) -> {
      posts.add(json);
      answers.add(taken);
    });
  }

  private void answer(int post, boolean taken) {
    loop.execute(() -> answers.get(post).accept(taken));
  }

  private void spans(int from, int to) {
    for (int i = from; i < to; i++) {
      tracer.start(null, null, "span" + i, Span.Kind.INTERNAL).end();
    }
  }

  private static List<String> names(String json) {
    return List.of(json.split("\"name\":\"")).stream()
        .filter(part -> part.startsWith("span"))
        .map(part -> part.substring(0, part.indexOf('"')))
        .toList();
  }

  @Test
  void batchesGoOneAfterTheOther() {
    SpanExporter exporter = silent();
    spans(0, 5);
    world.runUntil(() -> posts.size() == 1);
    assertThat(names(posts.get(0))).containsExactly("span0", "span1", "span2");
    answer(0, true);
    world.runUntil(() -> posts.size() == 2);
    assertThat(names(posts.get(1))).containsExactly("span3", "span4");
    answer(1, true);
    world.runFor(5 * SECOND);
    assertThat(exporter.exported()).isEqualTo(5);
    assertThat(posts).as("posts when there is nothing").hasSize(2);
  }

  @Test
  void whatWasNotTakenIsSentAgainAndThenDropped() {
    SpanExporter exporter =
        exporter((json, taken) -> {
          posts.add(json);
          taken.accept(false);
        });
    spans(0, 2);
    world.runFor(60 * SECOND);
    assertThat(posts).as("attempts for one batch").hasSize(3).allMatch(posts.getFirst()::equals);
    assertThat(exporter.dropped()).isEqualTo(2);
    assertThat(exporter.exported()).isZero();
  }

  @Test
  void aCollectorThatThrowsHasTakenNothing() {
    SpanExporter exporter =
        exporter((json, taken) -> {
          posts.add(json);
          throw new IllegalStateException("no connection");
        });
    spans(0, 1);
    world.runFor(60 * SECOND);
    assertThat(posts).hasSize(3);
    assertThat(exporter.dropped()).isEqualTo(1);
  }

  @Test
  void aCollectorThatIsSilentCostsNoMemory() {
    SpanExporter exporter = silent();
    for (int i = 0; i < 10; i++) {
      spans(i * 10, i * 10 + 10);
      world.runFor(20 * SECOND);
    }
    world.runFor(600 * SECOND);
    assertThat(exporter.dropped()).as("spans of 100 that nobody took").isEqualTo(100);
    assertThat(posts.stream().flatMap(json -> names(json).stream()).distinct().count())
        .as("spans that were sent at all")
        .isLessThan(60);
  }

  @Test
  void aLateAnswerDoesNotCount() {
    SpanExporter exporter = silent();
    spans(0, 1);
    world.runUntil(() -> posts.size() == 2);
    answer(0, true);
    world.runFor(SECOND / 10);
    assertThat(exporter.exported()).as("taken, by an answer after the timeout").isZero();
    answer(1, true);
    world.runFor(SECOND / 10);
    assertThat(exporter.exported()).isEqualTo(1);
  }

  @Test
  void theLastSpansAreSentAtTheStop() {
    var out = new StringBuilder();
    SpanExporter exporter = exporter(SpanExporter.Collector.lines(out));
    spans(0, 4);
    loop.execute(exporter::stop);
    world.run();
    assertThat(out.toString().lines().flatMap(line -> names(line).stream()))
        .containsExactly("span0", "span1", "span2", "span3");
    assertThat(exporter.exported()).isEqualTo(4);
  }

  @Test
  void settingsSayWhatIsWrong() {
    spans(0, 1);
    assertThatThrownBy(() -> new SpanExporter.Settings(1, 1, 9, 8, 1)).hasMessageContaining("room");
    assertThatThrownBy(() -> new SpanExporter.Settings(1, 1, 1, 1, 17)).hasMessageContaining("17");
    assertThat(tracer.fetch()).hasSize(1);
  }
}
