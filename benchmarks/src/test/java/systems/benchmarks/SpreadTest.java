package systems.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SpreadTest {
  @Test
  void theMedianOfAnOddNumberIsTheMiddleOne() {
    assertThat(Spread.of(5, 1, 3)).isEqualTo(new Spread(3, 1, 5));
  }

  @Test
  void theMedianOfAnEvenNumberLiesBetweenTheMiddleTwo() {
    assertThat(Spread.of(4, 1, 3, 100).median()).isEqualTo(3.5);
  }

  @Test
  void theInverseTurnsTheEndsRound() {
    assertThat(new Spread(2, 1, 4).inverse()).isEqualTo(new Spread(0.5, 0.25, 1));
  }

  @Test
  void noValuesHaveNoMedian() {
    assertThatThrownBy(Spread::of).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aSpreadComesBackFromItsJson() {
    assertThat(Spread.fromJson(Json.parseObject(Json.line(Spread.of(1.5, 2, 2.25).toJson()))))
        .isEqualTo(new Spread(2, 1.5, 2.25));
  }
}
