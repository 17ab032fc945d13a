package systems.net.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-7")
final class BalancerTest {
  private static final long SECOND = 1_000_000_000L;

  static Upstream upstream(String name, int weight) {
    return new Upstream(name, new InetSocketAddress("127.0.0.1", 1), weight);
  }

  private static Upstream choose(Balancer balancer, List<Upstream> from, long key) {
    Upstream chosen = balancer.choose(from, key, List.of(), 0);
    assertThat(chosen).as("chosen of %s", from).isNotNull();
    return chosen;
  }

  private static String chosen(Balancer balancer, List<Upstream> from, int times) {
    var names = new StringBuilder();
    for (int i = 0; i < times; i++) {
      names.append(choose(balancer, from, 0));
    }
    return names.toString();
  }

  @Test
  void turnsAreSpreadEvenlyByWeight() {
    List<Upstream> two = List.of(upstream("a", 3), upstream("b", 1));
    assertThat(chosen(new RoundRobin(), two, 8)).isEqualTo("aabaaaba");
  }

  @Test
  void everybodyHasItsTurnWithEqualWeights() {
    List<Upstream> three = List.of(upstream("a", 1), upstream("b", 1), upstream("c", 1));
    assertThat(chosen(new RoundRobin(), three, 6)).isEqualTo("abcabc");
  }

  @Test
  void whoWasTriedIsNotChosenAgain() {
    Upstream a = upstream("a", 1);
    Upstream b = upstream("b", 1);
    for (Balancer balancer :
        List.of(new RoundRobin(), new LeastRequests(1), new ConsistentHash())) {
      for (int i = 0; i < 10; i++) {
        assertThat(balancer.choose(List.of(a, b), i, List.of(a), 0))
            .as("chosen by %s after a was tried", balancer.getClass().getSimpleName())
            .isSameAs(b);
      }
      assertThat(balancer.choose(List.of(a, b), 5, List.of(a, b), 0)).isNull();
      assertThat(balancer.choose(List.of(), 5, List.of(), 0)).isNull();
    }
  }

  @Test
  void theBusyOneOfTwoIsAvoided() {
    Upstream busy = upstream("busy", 1);
    Upstream idle = upstream("idle", 1);
    IntStream.range(0, 10).forEach(_ -> busy.begin());
    assertThat(chosen(new LeastRequests(7), List.of(busy, idle), 50)).doesNotContain("busy");
  }

  @Test
  void anIdleClusterIsUsedByWeight() {
    List<Upstream> two = List.of(upstream("a", 3), upstream("b", 1));
    String names = chosen(new LeastRequests(11), two, 4000);
    assertThat(names.chars().filter(c -> c == 'a').count())
        .as("of 4000 to idle upstreams of weights 3 and 1")
        .isBetween(2850L, 3150L);
  }

  @Test
  void queuesAreByWeight() {
    Upstream heavy = upstream("a", 3);
    Upstream light = upstream("b", 1);
    var balancer = new LeastRequests(3);
    for (int i = 0; i < 400; i++) {
      choose(balancer, List.of(heavy, light), 0).begin();
    }
    assertThat(heavy.inFlight()).as("of 400 at weight 3 of 4").isBetween(297, 303);
  }

  /** Mitzenmacher's point, on 100 servers with 1000 requests that do not end. */
  @Test
  void twoChoicesKeepTheLongestQueueShort() {
    List<Upstream> all = IntStream.range(0, 100).mapToObj(i -> upstream("u" + i, 1)).toList();
    var balancer = new LeastRequests(42);
    for (int i = 0; i < 1000; i++) {
      choose(balancer, all, 0).begin();
    }
    int longest = all.stream().mapToInt(Upstream::inFlight).max().orElseThrow();
    assertThat(longest).as("the longest of 100 queues, 1000 requests").isLessThanOrEqualTo(13);
  }

  @Test
  void theSameSeedMakesTheSameChoices() {
    List<Upstream> all = List.of(upstream("a", 1), upstream("b", 2), upstream("c", 3));
    String once = chosen(new LeastRequests(5), all, 50);
    assertThat(chosen(new LeastRequests(5), all, 50)).isEqualTo(once);
    assertThat(chosen(new LeastRequests(6), all, 50)).isNotEqualTo(once);
  }

  @Test
  void aHotKeyIsSpreadWhenItsUpstreamIsFull() {
    List<Upstream> four =
        List.of(upstream("a", 1), upstream("b", 1), upstream("c", 1), upstream("d", 1));
    var bounded = new ConsistentHash(125);
    for (int i = 0; i < 400; i++) {
      choose(bounded, four, 99).begin();
    }
    assertThat(four.stream().mapToInt(Upstream::inFlight).max().orElseThrow())
        .as("of 400 for one key, the most at one of four")
        .isBetween(100, 126);
    assertThat(choose(new ConsistentHash(), four, 99))
        .isSameAs(choose(new ConsistentHash(), four, 99));
    assertThatThrownBy(() -> new ConsistentHash(100)).hasMessageContaining("100");
  }

  /** Two texts with the same {@code hashCode}; by 32 bits they would bid alike for every key. */
  @Test
  void namesThatCollideInThirtyTwoBitsShareTheKeys() {
    List<Upstream> two = List.of(upstream("cache-Aa", 1), upstream("cache-BB", 1));
    assertThat("cache-Aa".hashCode()).isEqualTo("cache-BB".hashCode());
    var seen = new ArrayList<String>();
    for (int key = 0; key < 50; key++) {
      seen.add(choose(new ConsistentHash(), two, ConsistentHash.mix(key)).name());
    }
    assertThat(seen).contains("cache-Aa", "cache-BB");
  }

  @Test
  void toChooseAllocatesNothing() {
    List<Upstream> all = List.of(upstream("a", 1), upstream("b", 2), upstream("c", 3));
    List<Upstream> tried = List.of(all.getFirst());
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    for (Balancer balancer :
        List.of(new RoundRobin(), new LeastRequests(1), new ConsistentHash(150))) {
      assertThat(balancer.choose(all, 1, tried, 0)).isNotNull();
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 20_000; i++) {
        balancer.choose(all, i, i % 2 == 0 ? tried : List.of(), 0);
      }
      long each = (threads.getCurrentThreadAllocatedBytes() - before) / 20_000;
      assertThat(each).as("bytes for a choice by %s", balancer.getClass().getSimpleName()).isZero();
    }
  }

  @Test
  void whoComesBackGetsLittleAtFirst() {
    Upstream back = upstream("a", 100);
    assertThat(back.weightAt(0)).as("before it was away").isEqualTo(100);
    back.healthy(false, 0, 10 * SECOND);
    back.healthy(true, 0, 10 * SECOND);
    assertThat(back.weightAt(0)).as("as it comes back").isEqualTo(10);
    assertThat(back.weightAt(5 * SECOND)).as("after half of the slow start").isEqualTo(50);
    assertThat(back.weightAt(10 * SECOND)).as("after the slow start").isEqualTo(100);
  }
}
