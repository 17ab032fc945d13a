package systems.net.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.client.Script;
import systems.net.observe.Span;

/** What can be seen of a request from outside: numbers and spans. */
@Tag("phase-7")
class ObserveTest {
  private static final String TRACED = "trace-share: 1\n" + ProxyWorld.TWO;
  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private final List<String> parents = new ArrayList<>();

  private void noteAndFail(Script upstream, String head) {
    parents.add(head.replaceAll("(?s).*traceparent: ([^\r]*).*", "$1"));
    upstream.abort();
  }

  @Test
  void eachAttemptIsASpanOfTheSameTrace() {
    var world =
        ProxyWorld.of(TRACED).script(9001, this::noteAndFail).script(9002, this::noteAndFail);
    world.ask(
        "GET / HTTP/1.1\r\nHost: a\r\ntraceparent: 00-%s-00f067aa0ba902b7-01\r\n".formatted(TRACE)
            + "tracestate: a=b\r\nConnection: close\r\n\r\n");
    assertThat(parents).as("attempts").hasSize(2).doesNotHaveDuplicates();
    assertThat(parents).allMatch(parent -> parent.startsWith("00-" + TRACE + "-"));
    List<Span> spans = world.proxy.fetchSpans();
    assertThat(spans).hasSize(3);
    Span server = spans.getLast();
    assertThat(server.kind()).isEqualTo(Span.Kind.SERVER);
    assertThat(server.context().traceId()).isEqualTo(TRACE);
    for (int i = 0; i < 2; i++) {
      Span attempt = spans.get(i);
      assertThat(attempt.parent()).as("the span above").isEqualTo(server.context().span());
      assertThat(parents.get(i)).as("what the upstream got").isEqualTo(attempt.context().header());
      assertThat(attempt.error()).isEqualTo("RESET");
    }
  }

  @Test
  void withoutTracesFieldsGoOnAsTheyAre() {
    var world = ProxyWorld.of(ProxyWorld.ONE).script(9001, this::noteAndFail);
    String parent = "00-" + TRACE + "-00f067aa0ba902b7-01";
    world.ask(
        "POST / HTTP/1.1\r\nHost: a\r\ntraceparent: " + parent + "\r\nConnection: close\r\n\r\n");
    assertThat(parents).containsExactly(parent);
    assertThat(world.proxy.fetchSpans()).isEmpty();
  }

  @Test
  void pageOfNumbersShowsWhatHasHappened() {
    var world =
        ProxyWorld.of(ProxyWorld.ONE).script(9001, (upstream, head) -> upstream.answer("well"));
    world.get("/");
    world.get("/");
    world.get("/%2e");
    String page = world.proxy.metrics().text();
    assertThat(page)
        .contains(
            "proxy_requests_total{route=\"/\",code=\"2xx\"} 2\n",
            "proxy_attempts_total{cluster=\"web\",upstream=\"127.0.0.1:9001\",outcome=\"success\"}"
                + " 2\n",
            "proxy_refused_total{code=\"400\"} 1\n",
            "proxy_request_seconds_count{route=\"/\"} 2\n");
  }
}
