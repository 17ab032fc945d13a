package systems.net.balance;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

@Tag("phase-7")
final class BalancerProperties {
  private static final int KEYS = 500;

  private final ConsistentHash hash = new ConsistentHash();

  private static List<Upstream> upstreams(List<Integer> weights) {
    return IntStream.range(0, weights.size())
        .mapToObj(i -> BalancerTest.upstream("server-" + i, weights.get(i)))
        .toList();
  }

  private static Upstream choose(Balancer balancer, List<Upstream> from, long key) {
    Upstream chosen = balancer.choose(from, key, List.of(), 0);
    assertThat(chosen).isNotNull();
    return chosen;
  }

  private String owner(List<Upstream> from, int key) {
    return choose(hash, from, ConsistentHash.hash("key-" + key)).name();
  }

  @Property(tries = 60)
  void ifOneGoesOnlyItsKeysMove(@ForAll("weights") List<Integer> weights, @ForAll int which) {
    List<Upstream> all = upstreams(weights);
    int gone = Math.floorMod(which, all.size());
    List<Upstream> left = new ArrayList<>(all);
    left.remove(gone);
    for (int key = 0; key < KEYS; key++) {
      String before = owner(all, key);
      if (!before.equals("server-" + gone)) {
        assertThat(owner(left, key)).as("owner of key %d, %d is gone", key, gone).isEqualTo(before);
      }
    }
  }

  @Property(tries = 60)
  void ifOneGrowsKeysMoveOnlyToIt(
      @ForAll("weights") List<Integer> weights,
      @ForAll int which,
      @ForAll @IntRange(min = 1, max = 10) int more) {
    int grown = Math.floorMod(which, weights.size());
    List<Integer> larger = new ArrayList<>(weights);
    larger.set(grown, weights.get(grown) + more);
    for (int key = 0; key < KEYS; key++) {
      String before = owner(upstreams(weights), key);
      String after = owner(upstreams(larger), key);
      assertThat(after).as("owner of key %d", key).isIn(before, "server-" + grown);
    }
  }

  @Property(tries = 20)
  void theOrderOfTheListDoesNotCount(@ForAll("weights") List<Integer> weights) {
    List<Upstream> all = upstreams(weights);
    for (int key = 0; key < KEYS; key++) {
      assertThat(owner(all.reversed(), key)).isEqualTo(owner(all, key));
    }
  }

  /** Within five standard deviations of a fair draw by weight. */
  @Property(tries = 30)
  void keysAreSharedByWeight(@ForAll("weights") List<Integer> weights) {
    List<Upstream> all = upstreams(weights);
    int keys = 4000;
    int[] owned = new int[all.size()];
    for (int key = 0; key < keys; key++) {
      owned[Integer.parseInt(owner(all, key).substring("server-".length()))]++;
    }
    double sum = weights.stream().mapToInt(Integer::intValue).sum();
    for (int i = 0; i < owned.length; i++) {
      double share = weights.get(i) / sum;
      double deviation = Math.sqrt(keys * share * (1 - share));
      assertThat((double) owned[i])
          .as("keys of %d, weights %s: %s", i, weights, Arrays.toString(owned))
          .isBetween(keys * share - 5 * deviation - 1, keys * share + 5 * deviation + 1);
    }
  }

  /** By the definition: who is furthest behind his share is next; the first of equals. */
  @Property(tries = 100)
  void roundRobinGoesByWhoIsFurthestBehind(@ForAll("weights") List<Integer> weights) {
    List<Upstream> all = upstreams(weights);
    int sum = weights.stream().mapToInt(Integer::intValue).sum();
    long[] chosen = new long[all.size()];
    var balancer = new RoundRobin();
    for (long turn = 1; turn <= 2L * sum; turn++) {
      int behind = 0;
      for (int i = 1; i < chosen.length; i++) {
        long own = turn * weights.get(i) - chosen[i] * sum;
        long most = turn * weights.get(behind) - chosen[behind] * sum;
        behind = own > most ? i : behind;
      }
      assertThat(choose(balancer, all, 0).name())
          .as("turn %d with weights %s", turn, weights)
          .isEqualTo("server-" + behind);
      chosen[behind]++;
    }
    assertThat(Arrays.stream(chosen).boxed())
        .containsExactlyElementsOf(weights.stream().map(w -> 2L * w).toList());
  }

  /** However the requests come and go, nobody is far above his share. */
  @Property(tries = 30)
  void aBoundOnLoadsHolds(
      @ForAll("weights") List<Integer> weights,
      @ForAll @LongRange(min = 0, max = 5) long keys,
      @ForAll @IntRange(min = 101, max = 300) int percent) {
    List<Upstream> all = upstreams(weights);
    double sum = weights.stream().mapToInt(Integer::intValue).sum();
    var bounded = new ConsistentHash(percent);
    for (int i = 1; i <= 300; i++) {
      Upstream chosen = choose(bounded, all, ConsistentHash.mix(i % (keys + 1)));
      chosen.begin();
      assertThat((double) chosen.inFlight())
          .as("in flight at %s of %d", chosen, i)
          .isLessThan(i / sum * chosen.weight() * percent / 100 + 1.000001);
    }
  }

  @Provide
  Arbitrary<List<Integer>> weights() {
    return Arbitraries.integers().between(1, 10).list().ofMinSize(2).ofMaxSize(8);
  }
}
