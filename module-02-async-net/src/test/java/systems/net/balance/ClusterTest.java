package systems.net.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-7")
final class ClusterTest {
  private static final long SECOND = 1_000_000_000L;

  private static List<Upstream> upstreams(int count) {
    var all = new ArrayList<Upstream>();
    for (int i = 0; i < count; i++) {
      all.add(BalancerTest.upstream(String.valueOf((char) ('a' + i)), 1));
    }
    return all;
  }

  private static Cluster cluster(List<Upstream> all, Cluster.Settings settings) {
    return new Cluster(
        "c", all, new RoundRobin(), settings, new RetryBudget(0.2, 10, 10 * SECOND, 0), 0);
  }

  private static Cluster.Lease lease(Cluster cluster, long now) {
    Cluster.Lease lease = cluster.acquire(0, List.of(), now);
    assertThat(lease).isNotNull();
    return lease;
  }

  @Test
  void whenTooFewSeemWellAllAreUsed() {
    List<Upstream> all = upstreams(4);
    Cluster cluster = cluster(all, Cluster.Settings.USUAL);
    for (Upstream upstream : all.subList(0, 3)) {
      upstream.healthy(false, 0, 0);
    }
    var seen = new HashSet<String>();
    for (int i = 0; i < 8; i++) {
      seen.add(lease(cluster, 0).upstream().name());
    }
    assertThat(seen).as("used though only one of four seems well").hasSize(4);
    assertThat(cluster.panics()).isEqualTo(8);
  }

  @Test
  void aRetryGoesToSomebodyElseEvenIfItIsUnwell() {
    List<Upstream> all = upstreams(2);
    all.get(1).healthy(false, 0, 0);
    Cluster cluster = cluster(all, Cluster.Settings.USUAL);
    Cluster.Lease second = cluster.acquire(0, List.of(all.get(0)), 0);
    assertThat(second).isNotNull();
    assertThat(second.upstream()).isSameAs(all.get(1));
  }

  @Test
  void aFinishedLeaseCountsOnce() {
    Cluster cluster = cluster(upstreams(1), Cluster.Settings.USUAL);
    Cluster.Lease first = lease(cluster, 0);
    Cluster.Lease second = lease(cluster, 0);
    assertThat(first.upstream().inFlight()).isEqualTo(2);
    first.finish(Outcome.SUCCESS, 0);
    first.finish(Outcome.RESET, 0);
    assertThat(first.upstream().inFlight()).as("in flight, one of two is finished").isEqualTo(1);
    second.finish(Outcome.SUCCESS, 0);
    assertThat(first.upstream().inFlight()).isZero();
  }

  @Test
  void nobodyIsLeftAfterAllWereTried() {
    List<Upstream> all = upstreams(2);
    assertThat(cluster(all, Cluster.Settings.USUAL).acquire(0, all, 0)).isNull();
  }

  @Test
  void withoutPanicTheSickOnesGetNothing() {
    List<Upstream> all = upstreams(2);
    Cluster cluster = cluster(all, new Cluster.Settings(0, 0, Ejection.Settings.USUAL, null));
    all.forEach(upstream -> upstream.healthy(false, 0, 0));
    assertThat(cluster.acquire(0, List.of(), 0)).isNull();
    assertThat(cluster.panics()).isZero();
  }

  @Test
  void theBreakerRefusesForTheWholeCluster() {
    Cluster cluster =
        cluster(upstreams(3), Cluster.Settings.USUAL.withBreaker(Breaker.Settings.USUAL));
    for (int i = 0; i < 20; i++) {
      lease(cluster, 0).finish(Outcome.TIMEOUT, 0);
    }
    assertThat(cluster.breakerState()).isEqualTo(Breaker.State.OPEN);
    assertThat(cluster.acquire(0, List.of(), SECOND)).isNull();
    lease(cluster, 5 * SECOND).finish(Outcome.SUCCESS, 5 * SECOND);
    assertThat(cluster.breakerState()).isEqualTo(Breaker.State.CLOSED);
  }

  @Test
  void aProbeThatFindsNoUpstreamDoesNotBlockTheNext() {
    List<Upstream> all = upstreams(1);
    Cluster cluster = cluster(all, Cluster.Settings.USUAL.withBreaker(Breaker.Settings.USUAL));
    for (int i = 0; i < 20; i++) {
      lease(cluster, 0).finish(Outcome.RESET, 0);
    }
    assertThat(cluster.acquire(0, all, 5 * SECOND)).as("all were tried").isNull();
    assertThat(cluster.acquire(0, List.of(), 5 * SECOND)).as("the probe after it").isNotNull();
  }

  @Test
  void aNewOneBesideKnownOnesStartsSlowly() {
    var settings = new Cluster.Settings(50, 10 * SECOND, Ejection.Settings.USUAL, null);
    List<Upstream> all = upstreams(2);
    lease(cluster(all, settings), 0).finish(Outcome.SUCCESS, 0);
    assertThat(all.getFirst().weightAt(0)).as("one of a first configuration").isEqualTo(1);
    Upstream newcomer = BalancerTest.upstream("z", 1);
    all.add(newcomer);
    lease(cluster(all, settings), 0).finish(Outcome.SUCCESS, 0);
    assertThat(newcomer.weightAt(0)).as("a newcomer").isEqualTo(0.1);
    assertThat(all.getFirst().weightAt(0)).as("one that was there").isEqualTo(1);
  }

  @Test
  void settingsSayWhatIsWrong() {
    lease(cluster(upstreams(1), Cluster.Settings.USUAL), 0).finish(Outcome.SUCCESS, 0);
    assertThatThrownBy(() -> new Cluster.Settings(101, 0, Ejection.Settings.USUAL, null))
        .hasMessageContaining("101");
    assertThatThrownBy(() -> BalancerTest.upstream("a", 0)).hasMessageContaining("not 0");
  }
}
