package systems.net.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-7")
final class RetryBudgetTest {
  private static final long SECOND = 1_000_000_000L;

  private static int retries(RetryBudget budget, long now) {
    int allowed = 0;
    while (budget.tryRetry(now)) {
      allowed++;
      assertThat(allowed).as("retries at %d s", now / SECOND).isLessThanOrEqualTo(100);
    }
    return allowed;
  }

  private static RetryBudget budget(double share, int perSecond, int requests) {
    var budget = new RetryBudget(share, perSecond, 10 * SECOND, 0);
    for (int i = 0; i < requests; i++) {
      budget.request(SECOND);
    }
    return budget;
  }

  @Test
  void retriesAreAShareOfTheRequests() {
    assertThat(retries(budget(0.2, 0, 100), 2 * SECOND)).isEqualTo(20);
  }

  @Test
  void theShareIsExact() {
    assertThat(retries(budget(0.29, 0, 100), SECOND)).as("29 percent of 100").isEqualTo(29);
  }

  @Test
  void aQuietServiceMayRepeatALittle() {
    RetryBudget budget = budget(0.2, 1, 0);
    assertThat(retries(budget, 0)).isEqualTo(10);
    assertThat(retries(budget, 5 * SECOND)).as("half a window later").isZero();
    assertThat(retries(budget, 11 * SECOND)).as("after the window").isEqualTo(10);
  }

  @Test
  void aGoodHourDoesNotPayForABadMinute() {
    RetryBudget budget = budget(1, 0, 90);
    assertThat(budget.left(10 * SECOND)).isEqualTo(90);
    assertThat(retries(budget, 3600 * SECOND)).as("an hour later").isZero();
  }

  @Test
  void settingsSayWhatIsWrong() {
    assertThat(budget(0.5, 0, 2).left(SECOND)).isEqualTo(1);
    assertThatThrownBy(() -> budget(Double.NaN, 0, 0)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> budget(0.2, -1, 0)).isInstanceOf(IllegalArgumentException.class);
  }
}
