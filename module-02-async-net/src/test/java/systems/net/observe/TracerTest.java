package systems.net.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-7")
final class TracerTest {
  private static final String PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  private long now = 1_000_000_000L;
  private final Tracer tracer = new Tracer(1, () -> now, 1, 10);

  private Span start() {
    return tracer.start(null, null, "GET /", Span.Kind.SERVER);
  }

  @Test
  void spansOfATraceHaveTheirParents() {
    Span root = start();
    Span attempt = root.child("attempt", Span.Kind.CLIENT);
    Span below = attempt.child("connect", Span.Kind.INTERNAL);
    assertThat(root.parent()).isZero();
    assertThat(attempt.parent()).isEqualTo(root.context().span());
    assertThat(below.parent()).as("parent of a grandchild").isEqualTo(attempt.context().span());
    assertThat(below.context().traceId()).isEqualTo(root.context().traceId());
  }

  @Test
  void aTraceThatCameInGoesOn() {
    Span span = tracer.start(PARENT, "a=1", "x", Span.Kind.SERVER);
    assertThat(span.context().traceId()).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
    assertThat(span.parent()).isEqualTo(0x00f067aa0ba902b7L);
    assertThat(span.context().state()).isEqualTo("a=1");
    Span other = tracer.start("nonsense", "a=1", "x", Span.Kind.SERVER);
    assertThat(other.context().state()).as("the state of a trace that was not understood").isNull();
  }

  @Test
  void aSpanDoesNotChangeAfterItsEnd() {
    Span span = start().attribute("a", "b");
    now += 5;
    span.end();
    now += 5;
    span.attribute("late", 1).event("late").fail("late").end();
    assertThat(tracer.fetch()).as("spans that have ended").containsExactly(span);
    assertThat(span.endNanos() - span.startNanos()).isEqualTo(5);
    assertThat(span.attributes()).containsOnlyKeys("a");
    assertThat(span.events()).isEmpty();
    assertThat(span.error()).isNull();
  }

  @Test
  void aClockThatGoesBackMakesNoNegativeTime() {
    Span span = start().event("x");
    now -= 100;
    span.end();
    assertThat(span.endNanos()).isEqualTo(span.startNanos());
    assertThat(tracer.fetch()).hasSize(1);
  }

  @Test
  void aSpanIsBounded() {
    Span span = start();
    for (int i = 0; i < 100; i++) {
      span.attribute("key" + i, i).event("event " + i);
    }
    span.attribute("key3", "x".repeat(5000));
    assertThat(span.attributes()).as("attributes of a span").hasSize(32);
    assertThat(span.events()).as("events of a span").hasSize(32);
    assertThat((String) span.attributes().get("key3")).hasSize(1024);
    span.end();
    assertThat(OtlpJson.of("s", tracer.fetch()))
        .contains("\"droppedAttributesCount\":68", "\"droppedEventsCount\":68");
  }

  @Test
  void aCollectorThatIsDownCostsNoMemory() {
    for (int i = 0; i < 25; i++) {
      start().end();
    }
    assertThat(tracer.fetch().size()).as("spans that nobody fetched").isEqualTo(10);
    assertThat(tracer.dropped()).isEqualTo(15);
    start().end();
    assertThat(tracer.fetch()).hasSize(1);
  }

  @Test
  void whoseTraceIsNotSampledIsNotKept() {
    Span span = tracer.start(PARENT.replace("-01", "-00"), null, "x", Span.Kind.SERVER);
    Span child = span.child("y", Span.Kind.CLIENT).attribute("a", "b").event("e").fail("no");
    child.end();
    span.end();
    assertThat(child.context().header()).endsWith("-00");
    assertThat(child.attributes()).isEmpty();
    assertThat(child.startNanos()).as("time of a span that nobody records").isZero();
    assertThat(tracer.fetch()).isEmpty();
  }

  @Test
  void spansThatNobodyRecordsAreSmall() {
    String parent = PARENT.replace("-01", "-00");
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    int spans = 10_000;
    Span span = tracer.start(parent, null, "x", Span.Kind.SERVER);
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < spans; i++) {
      span = tracer.start(parent, null, "x", Span.Kind.SERVER);
      span.attribute("a", "b").attribute("c", true).event("e").end();
    }
    long each = (threads.getCurrentThreadAllocatedBytes() - before) / spans;
    assertThat(each).as("bytes for a span that nobody records").isLessThan(300);
    assertThat(span.events()).isEmpty();
  }

  @Test
  void twoSystemsWithTheSameShareChooseTheSameTraces() {
    var quarter = new Tracer(1, () -> 0, 0.25, 1);
    var half = new Tracer(2, () -> 0, 0.5, 1);
    var random = new SplittableRandom(3);
    int chosen = 0;
    for (int i = 0; i < 4000; i++) {
      long id = random.nextLong();
      boolean inQuarter = quarter.isSampled(id);
      chosen += inQuarter ? 1 : 0;
      assertThat(!inQuarter || half.isSampled(id))
          .as("sampled at 25 percent, and so at 50 percent")
          .isTrue();
    }
    assertThat(chosen).as("of 4000 at 25 percent").isBetween(850, 1150);
  }

  @Test
  void allOrNothing() {
    var none = new Tracer(1, () -> 0, 0, 1);
    for (int i = 0; i < 1000; i++) {
      assertThat(start().context().sampled()).isTrue();
      assertThat(none.start(null, null, "x", Span.Kind.SERVER).context().sampled()).isFalse();
    }
    assertThatThrownBy(() -> new Tracer(1, () -> 0, 1.5, 1)).hasMessageContaining("1.5");
  }

  @Test
  void theJsonIsWhatACollectorReads() {
    Span root = tracer.start(PARENT, "a=1", "GET /", Span.Kind.SERVER);
    now += 5_000_000;
    root.attribute("text", "a\"b\\\n\u0007").attribute("code", 200L).attribute("retried", true);
    root.event("first byte").fail("timed out \ud800!");
    now += 10_000_000;
    root.end();
    assertThat(OtlpJson.of("proxy", tracer.fetch()))
        .isEqualTo(
            ("{`resourceSpans`:[{`resource`:{`attributes`:[{`key`:`service.name`,`value`:"
                    + "{`stringValue`:`proxy`}}]},`scopeSpans`:[{`scope`:{`name`:`systems.net`},"
                    + "`spans`:[{`traceId`:`4bf92f3577b34da6a3ce929d0e0e4736`,`spanId`:`"
                    + root.context().spanId()
                    + "`,`traceState`:`a=1`,`parentSpanId`:`00f067aa0ba902b7`,`name`:`GET /`,"
                    + "`kind`:2,`startTimeUnixNano`:`1000000000`,`endTimeUnixNano`:`1015000000`,"
                    + "`attributes`:[{`key`:`text`,`value`:{`stringValue`:"
                    + "`a\\\"b\\\\\\u000a\\u0007`}},{`key`:`code`,`value`:{`intValue`:`200`}},"
                    + "{`key`:`retried`,`value`:{`boolValue`:true}}],`events`:[{`timeUnixNano`:"
                    + "`1005000000`,`name`:`first byte`}],`status`:{`code`:2,`message`:"
                    + "`timed out \ufffd!`}}]}]}]}")
                .replace('`', '"'));
  }

  @Test
  void theJsonOfNoSpansIsComplete() {
    start().end();
    List<Span> spans = tracer.fetch();
    assertThat(OtlpJson.of("p", spans)).contains("\"attributes\":[],\"events\":[]}]}]}]}");
  }
}
