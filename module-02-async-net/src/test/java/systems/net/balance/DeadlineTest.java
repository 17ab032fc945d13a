package systems.net.balance;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-7")
final class DeadlineTest {
  @Test
  void whatIsLeftIsNeverNegative() {
    Deadline deadline = Deadline.after(100, 1000);
    assertThat(deadline.leftNanos(1040)).isEqualTo(60);
    assertThat(deadline.isOver(1099)).isFalse();
    assertThat(deadline.isOver(1100)).isTrue();
    assertThat(deadline.leftNanos(5000)).isZero();
  }

  @Test
  void anAttemptEndsWithItsRequest() {
    Deadline whole = Deadline.after(100, 0);
    assertThat(whole.attempt(30, 0).leftNanos(0)).isEqualTo(30);
    assertThat(whole.attempt(80, 50)).as("80 of the 50 that are left").isEqualTo(whole);
  }

  @Test
  void anEndlessTimeoutIsNotInThePast() {
    Deadline endless = Deadline.after(Long.MAX_VALUE, 1000);
    assertThat(endless.isOver(2000)).as("an endless one is over").isFalse();
    assertThat(endless.attempt(10, 0).leftNanos(0)).as("10 within an endless one").isEqualTo(10);
  }

  @Test
  void theClockMayWrapAround() {
    Deadline deadline = Deadline.after(100, Long.MAX_VALUE - 10);
    assertThat(deadline.leftNanos(Long.MAX_VALUE)).isEqualTo(90);
    assertThat(deadline.leftNanos(Long.MIN_VALUE + 9)).isEqualTo(80);
  }
}
