package systems.net.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import systems.net.balance.ConcurrencyLimit.Gradient;

@Tag("phase-7")
final class ConcurrencyLimitTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long MILLI = 1_000_000;

  /** As many as may enter do, then all leave. */
  private static int round(ConcurrencyLimit limit, Outcome outcome, long latency) {
    int entered = 0;
    while (limit.tryEnter()) {
      entered++;
      assertThat(entered).isLessThanOrEqualTo(100_000);
    }
    for (int i = 0; i < entered; i++) {
      limit.leave(outcome, latency);
    }
    return entered;
  }

  @Test
  void aRoundInTimeGivesOneMore() {
    var limit = new ConcurrencyLimit(2, 100, SECOND);
    assertThat(round(limit, Outcome.SUCCESS, MILLI)).isEqualTo(20);
    for (int i = 0; i < 10; i++) {
      round(limit, Outcome.SUCCESS, MILLI);
    }
    assertThat(limit.limit())
        .as("20, after 11 rounds, half of whose answers count")
        .isBetween(24, 31);
  }

  @Test
  void aRoundThatIsLateCostsATenthOnce() {
    var limit = new ConcurrencyLimit(2, 100, SECOND);
    round(limit, Outcome.SUCCESS, 2 * SECOND);
    assertThat(limit.limit()).as("20, after 20 late answers that were sent together").isEqualTo(18);
    round(limit, Outcome.TIMEOUT, 1);
    assertThat(limit.limit()).isEqualTo(16);
  }

  @Test
  void itStaysWithinItsBounds() {
    var limit = new ConcurrencyLimit(5, 30, SECOND);
    for (int i = 0; i < 100; i++) {
      round(limit, Outcome.SUCCESS, 2 * SECOND);
    }
    assertThat(limit.limit()).isEqualTo(5);
    for (int i = 0; i < 200; i++) {
      round(limit, Outcome.SUCCESS, 1);
    }
    assertThat(limit.limit()).isEqualTo(30);
  }

  @Test
  void anUnusedLimitDoesNotRise() {
    var limit = new ConcurrencyLimit(2, 100, SECOND);
    for (int i = 0; i < 10_000; i++) {
      assertThat(limit.tryEnter()).isTrue();
      limit.leave(Outcome.SUCCESS, 1);
    }
    assertThat(limit.limit()).as("after a night with one request at a time").isEqualTo(20);
    round(limit, Outcome.SUCCESS, 2 * SECOND);
    assertThat(limit.limit()).isEqualTo(18);
  }

  @Test
  void quickErrorsDoNotRaiseIt() {
    var limit = new ConcurrencyLimit(2, 100, SECOND);
    for (int i = 0; i < 20; i++) {
      round(limit, Outcome.CONNECT_FAILURE, 1);
      round(limit, Outcome.CANCELLED, 1);
    }
    assertThat(limit.limit()).isEqualTo(20);
    round(limit, Outcome.TIMEOUT, 1);
    assertThat(limit.limit()).isEqualTo(18);
  }

  /**
   * A server that does so many at a time, and a client that always has one more. Time goes on in
   * milliseconds; who is in service needs ten of them.
   */
  private static int settled(ConcurrencyLimit limit, int workers, int millis) {
    var waiting = new ArrayDeque<Integer>();
    var serving = new ArrayDeque<int[]>(); // begun and end
    for (int now = 0; now < millis; now++) {
      while (!serving.isEmpty() && serving.getFirst()[1] <= now) {
        limit.leave(Outcome.SUCCESS, (now - serving.removeFirst()[0]) * MILLI);
      }
      while (limit.tryEnter()) {
        waiting.add(now);
      }
      while (serving.size() < workers && !waiting.isEmpty()) {
        serving.add(new int[] {waiting.remove(), now + 10});
      }
    }
    return limit.limit();
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 10, 40, 150})
  void theGradientFindsTheKnee(int workers) {
    int found = settled(new ConcurrencyLimit(2, 1000, Gradient.USUAL), workers, 6_000);
    assertThat(found)
        .as("for a server that does %d at a time", workers)
        .isBetween(workers, workers * 5 / 2 + 3);
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 10, 40})
  void aimdStaysBelowTheLatencyThatIsGiven(int workers) {
    int found = settled(new ConcurrencyLimit(2, 1000, 30 * MILLI), workers, 10_000);
    assertThat(found)
        .as("three times what a server does that answers in 10 ms at %d", workers)
        .isBetween(workers * 2, workers * 3 + 2);
  }

  @Test
  void settingsSayWhatIsWrong() {
    round(new ConcurrencyLimit(1, 2, 5), Outcome.SUCCESS, 1);
    assertThatThrownBy(() -> new ConcurrencyLimit(7, 6, 5)).hasMessageContaining("7 and 6");
    assertThatThrownBy(() -> new Gradient(99, 1, 2)).hasMessageContaining("99");
  }
}
