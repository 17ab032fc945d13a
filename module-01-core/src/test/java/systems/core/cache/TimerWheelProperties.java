package systems.core.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

@Tag("phase-3")
class TimerWheelProperties {
  private static final long TICK = 1L << 20;

  @Property
  void whoIsOverComesOutWithinATickAndNobodyElse(@ForAll long seed, @ForAll long start) {
    var random = new Random(seed);
    var wheel = new TimerWheel<Integer, String>(start);
    Set<Node.Timed<Integer, String>> waiting = new LinkedHashSet<>();
    long now = start;
    for (int i = 0; i < 200; i++) {
      switch (random.nextInt(4)) {
        case 0, 1 -> {
          var node = new Node.Timed<>(i, "v", 1, now + wait(random));
          wheel.schedule(node);
          waiting.add(node);
        }
        case 2 -> {
          if (!waiting.isEmpty()) {
            move(wheel, waiting, waiting.iterator().next(), now, random);
          }
        }
        default -> {
          now += wait(random);
          check(wheel, waiting, now);
        }
      }
      assertThat(wheel.size()).isEqualTo(waiting.size());
    }
  }

  /** From a nanosecond to ten years, each order of magnitude as likely as the next. */
  private static long wait(Random random) {
    return random.nextLong(1L << random.nextInt(1, 58));
  }

  private static void move(
      TimerWheel<Integer, String> wheel,
      Set<Node.Timed<Integer, String>> waiting,
      Node.Timed<Integer, String> node,
      long now,
      Random random) {
    if (random.nextBoolean()) {
      wheel.cancel(node);
      waiting.remove(node);
    } else if (random.nextBoolean()) {
      node.expiresAt += wait(random); // later: nobody tells the wheel
    } else if (node.expiresAt - now > 0) {
      node.expiresAt = now + random.nextLong(node.expiresAt - now); // nearer
      wheel.schedule(node);
    }
  }

  private static void check(
      TimerWheel<Integer, String> wheel, Set<Node.Timed<Integer, String>> waiting, long now) {
    List<Node.Timed<Integer, String>> over = new ArrayList<>();
    assertThat(wheel.advance(now, Integer.MAX_VALUE, over::add)).isFalse();
    for (var node : over) {
      assertThat(waiting.remove(node)).as("comes out once").isTrue();
      assertThat(node.expiresAt - now).as("is over").isLessThanOrEqualTo(0);
    }
    for (var node : waiting) {
      assertThat(now - node.expiresAt).as("nobody stays for more than a tick").isLessThan(TICK);
    }
  }

  @Property(tries = 20)
  void portionsGiveTheSameAsAllAtOnce(@ForAll long seed) {
    var random = new Random(seed);
    var wheel = new TimerWheel<Integer, String>(0);
    for (int i = 0; i < 1000; i++) {
      wheel.schedule(new Node.Timed<>(i, "v", 1, random.nextLong(1L << 40)));
    }
    var over = new ArrayList<Node.Timed<Integer, String>>();
    int portions = 1;
    while (wheel.advance(1L << 41, 100, over::add)) {
      portions++;
      assertThat(over.size()).isLessThanOrEqualTo(100 * portions);
    }
    assertThat(over).hasSize(1000);
    assertThat(wheel.size()).isZero();
  }
}
