package systems.net.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-7")
final class BreakerTest {
  private static final long SECOND = 1_000_000_000L;

  private final Breaker breaker = new Breaker(Breaker.Settings.USUAL, 0);

  private void request(Outcome outcome, long now) {
    long ticket = breaker.tryEnter(now);
    assertThat(ticket).as("the ticket at %d s", now / SECOND).isNotEqualTo(Breaker.REFUSED);
    breaker.leave(ticket, outcome, now);
  }

  private void openAt(long now) {
    for (int i = 0; i < 20; i++) {
      request(Outcome.TIMEOUT, now);
    }
    assertThat(breaker.state()).isEqualTo(Breaker.State.OPEN);
  }

  @Test
  void manyFailuresOpenIt() {
    for (int i = 0; i < 20; i++) {
      assertThat(breaker.state()).as("after %d requests", i).isEqualTo(Breaker.State.CLOSED);
      request(i % 3 == 0 ? Outcome.SUCCESS : Outcome.TIMEOUT, 0);
    }
    assertThat(breaker.state()).isEqualTo(Breaker.State.OPEN);
    assertThat(breaker.tryEnter(5 * SECOND - 1)).isEqualTo(Breaker.REFUSED);
  }

  @Test
  void halfOfAllIsNotTooMuch() {
    for (int i = 0; i < 200; i++) {
      request(i % 2 == 0 ? Outcome.SUCCESS : Outcome.SERVER_ERROR, i);
    }
    assertThat(breaker.state()).isEqualTo(Breaker.State.CLOSED);
  }

  @Test
  void failuresOfLongAgoDoNotCount() {
    for (int i = 0; i < 19; i++) {
      request(Outcome.RESET, 0);
    }
    request(Outcome.RESET, 11 * SECOND);
    assertThat(breaker.state()).isEqualTo(Breaker.State.CLOSED);
  }

  @Test
  void halfOpenASingleOneProbes() {
    openAt(0);
    long probe = breaker.tryEnter(5 * SECOND);
    assertThat(probe).as("the probe").isNotEqualTo(Breaker.REFUSED);
    assertThat(breaker.state()).isEqualTo(Breaker.State.HALF_OPEN);
    assertThat(breaker.tryEnter(5 * SECOND)).as("beside the probe").isEqualTo(Breaker.REFUSED);
    breaker.leave(probe, Outcome.SUCCESS, 6 * SECOND);
    assertThat(breaker.state()).isEqualTo(Breaker.State.CLOSED);
    request(Outcome.SUCCESS, 6 * SECOND);
  }

  @Test
  void aProbeThatFailsOpensItAgain() {
    openAt(0);
    request(Outcome.CONNECT_FAILURE, 5 * SECOND);
    assertThat(breaker.tryEnter(10 * SECOND - 1)).isEqualTo(Breaker.REFUSED);
    request(Outcome.SUCCESS, 10 * SECOND);
    assertThat(breaker.state()).isEqualTo(Breaker.State.CLOSED);
  }

  @Test
  void aProbeThatTheClientCancelsMakesRoomForAnother() {
    openAt(0);
    request(Outcome.CANCELLED, 5 * SECOND);
    assertThat(breaker.state()).as("after a cancelled probe").isEqualTo(Breaker.State.HALF_OPEN);
    request(Outcome.SUCCESS, 5 * SECOND);
    assertThat(breaker.state()).isEqualTo(Breaker.State.CLOSED);
  }

  @Test
  void whoWasSentBeforeItOpenedIsNotTheProbe() {
    long straggler = breaker.tryEnter(0);
    openAt(0);
    long probe = breaker.tryEnter(5 * SECOND);
    breaker.leave(straggler, Outcome.TIMEOUT, 5 * SECOND);
    assertThat(breaker.state()).as("a straggler timed out").isEqualTo(Breaker.State.HALF_OPEN);
    assertThat(breaker.tryEnter(5 * SECOND)).as("the probe is on its way").isZero();
    breaker.leave(probe, Outcome.SUCCESS, 5 * SECOND);
    assertThat(breaker.state()).isEqualTo(Breaker.State.CLOSED);
  }

  @Test
  void itHasRoomForSoMany() {
    var tickets = new ArrayList<Long>();
    for (long ticket; (ticket = breaker.tryEnter(0)) != Breaker.REFUSED; ) {
      tickets.add(ticket);
      assertThat(tickets.size()).isLessThanOrEqualTo(1024);
    }
    assertThat(tickets).hasSize(1024);
    breaker.leave(tickets.getFirst(), Outcome.CANCELLED, 0);
    assertThat(breaker.tryEnter(0)).isNotEqualTo(Breaker.REFUSED);
  }

  @Test
  void settingsSayWhatIsWrong() {
    request(Outcome.SUCCESS, 0);
    assertThatThrownBy(() -> new Breaker.Settings(101, 1, SECOND, SECOND, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("101");
  }
}
