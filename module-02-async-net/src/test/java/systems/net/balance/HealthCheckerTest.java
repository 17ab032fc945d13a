package systems.net.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.loop.Loop;
import systems.net.loop.Simulation;

@Tag("phase-7")
final class HealthCheckerTest {
  private static final long SECOND = 1_000_000_000L;

  private final Simulation world = new Simulation(1);
  private final Loop loop = world.loop("checks");
  private final Upstream upstream = BalancerTest.upstream("a", 1);
  private final StringBuilder opinions = new StringBuilder(); // as each question is asked
  private int asked;

  private HealthChecker check(HealthChecker.Probe probe) {
    var checker =
        new HealthChecker(loop, HealthChecker.Settings.USUAL, probe, List.of(upstream), 0, 3);
    loop.execute(checker::start);
    return checker;
  }

  /** A probe with an answer for each question; a dot is silence, and an x throws. */
  private HealthChecker.Probe probe(String answers) {
    return (_, _, answer) -> {
      char next = answers.charAt(Math.min(asked, answers.length() - 1));
      asked++;
      opinions.append(upstream.isHealthy() ? 'w' : 's');
      switch (next) {
        case '+' -> answer.accept(true);
        case '-' -> answer.accept(false);
        case 'x' -> throw new IllegalStateException("a probe that cannot ask");
        default -> {}
      }
    };
  }

  /** The opinion after each question has been answered. */
  private String opinions(String answers) {
    HealthChecker checker = check(probe(answers));
    world.runUntil(() -> asked > answers.length());
    loop.execute(checker::stop);
    return opinions.substring(1);
  }

  @Test
  void severalAnswersInARowDecide() {
    assertThat(opinions("-+--+---+-++-")).isEqualTo("wwwwwwwssssww");
  }

  @Test
  void silenceIsABadAnswer() {
    assertThat(opinions("....")).isEqualTo("wwss");
  }

  @Test
  void aProbeThatThrowsIsABadAnswer() {
    assertThat(opinions("xxx+++")).isEqualTo("wwssww");
  }

  @Test
  void anAnswerThatComesTooLateDoesNotCount() {
    var late = new ArrayList<Consumer<Boolean>>();
    HealthChecker checker =
        check((_, _, answer) -> {
          asked++;
          late.add(answer);
        });
    world.runUntil(() -> asked == 2);
    loop.execute(() -> {
      late.getFirst().accept(true);
      late.getFirst().accept(true);
    });
    world.runUntil(() -> asked == 4);
    assertThat(upstream.isHealthy()).as("well after three timeouts and a late answer").isFalse();
    loop.execute(checker::stop);
  }

  @Test
  void afterTheStopNothingIsLearned() {
    var open = new ArrayList<Consumer<Boolean>>();
    HealthChecker checker =
        check((_, _, answer) -> {
          asked++;
          if (asked < 3) {
            answer.accept(false);
          } else {
            open.add(answer);
          }
        });
    world.runUntil(() -> asked == 3);
    loop.execute(() -> {
      checker.stop();
      open.getFirst().accept(false);
    });
    world.run();
    assertThat(upstream.isHealthy()).isTrue();
    assertThat(asked).isEqualTo(3);
  }

  @Test
  void checksOfManyAreSpread() {
    List<Upstream> many =
        IntStream.range(0, 50).mapToObj(i -> BalancerTest.upstream("u" + i, 1)).toList();
    var times = new ArrayList<Long>();
    HealthChecker.Probe probe =
        (asking, _, answer) -> {
          if (asking.equals(many.getFirst())) {
            times.add(loop.nanoTime());
          }
          asked++;
          answer.accept(true);
        };
    var checker = new HealthChecker(loop, HealthChecker.Settings.USUAL, probe, many, 0, 3);
    loop.execute(checker::start);
    world.runUntil(() -> times.size() == 20);
    var gaps = new ArrayList<Long>();
    for (int i = 1; i < times.size(); i++) {
      gaps.add(times.get(i) - times.get(i - 1));
    }
    assertThat(gaps).allSatisfy(gap -> assertThat(gap).isBetween(SECOND * 9 / 2, SECOND * 11 / 2));
    assertThat(gaps.stream().distinct().count()).as("different gaps of 19").isGreaterThan(10);
    loop.execute(checker::stop);
  }

  @Test
  void settingsSayWhatIsWrong() {
    assertThat(opinions("+")).isEqualTo("w");
    assertThatThrownBy(() -> new HealthChecker.Settings(SECOND, 0, 1, 1))
        .hasMessageContaining("timeout");
  }
}
