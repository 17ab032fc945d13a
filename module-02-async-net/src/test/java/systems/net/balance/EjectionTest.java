package systems.net.balance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Ejection as a cluster shows it; requests go round, so each upstream gets as many. */
@Tag("phase-7")
final class EjectionTest {
  private static final long SECOND = 1_000_000_000L;

  private static List<Upstream> upstreams(int count) {
    var all = new ArrayList<Upstream>();
    for (int i = 0; i < count; i++) {
      all.add(BalancerTest.upstream(String.valueOf((char) ('a' + i)), 1));
    }
    return all;
  }

  private static Cluster cluster(List<Upstream> all, Ejection.Settings ejection) {
    return new Cluster(
        "c",
        all,
        new RoundRobin(),
        new Cluster.Settings(50, 0, ejection, null),
        new RetryBudget(0.2, 10, 10 * SECOND, 0),
        0);
  }

  private static Cluster cluster(int count) {
    return cluster(upstreams(count), Ejection.Settings.USUAL);
  }

  private static Cluster.Lease lease(Cluster cluster, long now) {
    Cluster.Lease lease = cluster.acquire(0, List.of(), now);
    assertThat(lease).isNotNull();
    return lease;
  }

  /** Requests, until one upstream has failed so often in a row; all others answer. */
  private static void fail(Cluster cluster, String name, int times, long now) {
    int failed = 0;
    for (int requests = 0; failed < times; requests++) {
      assertThat(requests).as("requests until %s got %d", name, times).isLessThan(1000);
      Cluster.Lease lease = lease(cluster, now);
      boolean bad = lease.upstream().name().equals(name);
      lease.finish(bad ? Outcome.SERVER_ERROR : Outcome.SUCCESS, now);
      failed += bad ? 1 : 0;
    }
  }

  @Test
  void whoFailsInARowIsLeftOutForAWhile() {
    Cluster cluster = cluster(upstreams(4), Ejection.Settings.USUAL);
    fail(cluster, "b", 5, 0);
    assertThat(cluster.usableNow(1)).isEqualTo(3);
    for (int i = 0; i < 20; i++) {
      assertThat(lease(cluster, SECOND).upstream().name()).isNotEqualTo("b");
    }
    assertThat(cluster.usableNow(29 * SECOND)).isEqualTo(3);
    assertThat(cluster.usableNow(30 * SECOND)).isEqualTo(4);
  }

  @Test
  void aSuccessEndsTheRow() {
    Cluster cluster = cluster(upstreams(1), Ejection.Settings.USUAL);
    for (int i = 0; i < 20; i++) {
      lease(cluster, 0).finish(i % 4 == 3 ? Outcome.SUCCESS : Outcome.RESET, 0);
    }
    assertThat(cluster.ejections()).isZero();
  }

  @Test
  void theSecondTimeIsLonger() {
    Cluster cluster = cluster(upstreams(4), Ejection.Settings.USUAL);
    fail(cluster, "b", 5, 0);
    lease(cluster, 30 * SECOND).finish(Outcome.SUCCESS, 30 * SECOND);
    fail(cluster, "b", 5, 31 * SECOND);
    assertThat(cluster.ejections()).isEqualTo(2);
    assertThat(cluster.usableNow(31 * SECOND + 31 * SECOND)).as("usable after 31 s").isEqualTo(3);
    assertThat(cluster.usableNow(31 * SECOND + 60 * SECOND)).as("usable after 60 s").isEqualTo(4);
  }

  @Test
  void neverMoreThanHalfAreLeftOut() {
    Cluster cluster = cluster(upstreams(4), Ejection.Settings.USUAL);
    for (int i = 0; i < 200; i++) {
      lease(cluster, 0).finish(Outcome.SERVER_ERROR, 0);
    }
    assertThat(cluster.usableNow(1)).isEqualTo(2);
  }

  @Test
  void whoIsMuchWorseThanTheOthersIsFoundByItsRate() {
    Cluster cluster = cluster(upstreams(6), Ejection.Settings.USUAL);
    for (int i = 0; i < 6 * 150; i++) {
      Cluster.Lease lease = lease(cluster, SECOND);
      boolean bad = lease.upstream().name().equals("c") && i / 6 % 3 == 0;
      lease.finish(bad ? Outcome.SERVER_ERROR : Outcome.SUCCESS, SECOND);
    }
    assertThat(cluster.ejections()).isZero();
    lease(cluster, 11 * SECOND).finish(Outcome.SUCCESS, 11 * SECOND);
    assertThat(cluster.ejections()).isEqualTo(1);
    assertThat(cluster.upstreams().get(2).isUsable(11 * SECOND)).isFalse();
  }

  @Test
  void whoBehavesIsForgiven() {
    Cluster cluster = cluster(4);
    fail(cluster, "b", 5, 0);
    for (long second = 30; second <= 80; second++) {
      lease(cluster, second * SECOND).finish(Outcome.SUCCESS, second * SECOND);
    }
    fail(cluster, "b", 5, 81 * SECOND);
    assertThat(cluster.usableNow(111 * SECOND - 1)).as("usable before the first 30 s").isEqualTo(3);
    assertThat(cluster.usableNow(111 * SECOND)).as("usable after 30 s again").isEqualTo(4);
  }

  @Test
  void itIsNotOutForLongerThanTheMost() {
    List<Upstream> all = upstreams(4);
    var ejection = new Ejection.Settings(1, 1, 1000 * SECOND, SECOND, 3 * SECOND, 50, 100, 3, 1.9);
    Cluster cluster = cluster(all, ejection);
    long now = 0;
    for (int i = 0; i < 8; i++) {
      fail(cluster, "b", 1, now);
      now += 3 * SECOND;
      assertThat(all.get(1).isUsable(now)).as("3 s after ejection %d", i + 1).isTrue();
    }
  }

  @Test
  void silenceMayCountForMoreThanErrors() {
    var ejection = new Ejection.Settings(10, 2, SECOND, SECOND, SECOND, 50, 100, 3, 1.9);
    Cluster cluster = cluster(upstreams(1), ejection);
    for (int i = 0; i < 9; i++) {
      lease(cluster, 0).finish(i % 2 == 0 ? Outcome.TIMEOUT : Outcome.SERVER_ERROR, 0);
    }
    assertThat(cluster.ejections()).as("never two in a row without an answer").isZero();
    lease(cluster, 0).finish(Outcome.SUCCESS, 0);
    lease(cluster, 0).finish(Outcome.TIMEOUT, 0);
    lease(cluster, 0).finish(Outcome.CONNECT_FAILURE, 0);
    assertThat(cluster.ejections()).isEqualTo(1);
  }

  @Test
  void ifAllAreEquallyBadNobodyIsAnOutlier() {
    Cluster cluster = cluster(6);
    for (int i = 0; i < 6 * 150; i++) {
      boolean bad = i / 6 % 3 == 0;
      lease(cluster, SECOND).finish(bad ? Outcome.SERVER_ERROR : Outcome.SUCCESS, SECOND);
    }
    lease(cluster, 11 * SECOND).finish(Outcome.SUCCESS, 11 * SECOND);
    assertThat(cluster.ejections()).isZero();
  }

  @Test
  void aLittleWorseThanTheOthersIsNoOutlier() {
    Cluster cluster = cluster(6);
    for (int i = 0; i < 6 * 200; i++) {
      Cluster.Lease lease = lease(cluster, SECOND);
      int rank = lease.upstream().name().charAt(0) - 'a';
      boolean bad = i / 6 % 10 == 0 && i / 60 < rank;
      lease.finish(bad ? Outcome.SERVER_ERROR : Outcome.SUCCESS, SECOND);
    }
    assertThat(cluster.ejections()).isZero();
    lease(cluster, 11 * SECOND).finish(Outcome.SUCCESS, 11 * SECOND);
    assertThat(cluster.ejections()).as("rates from 97.5 to 100 percent").isZero();
  }

  @Test
  void oldSuccessesDoNotHideNewFailures() {
    Cluster cluster = cluster(6);
    for (int i = 0; i < 6 * 1000; i++) {
      lease(cluster, SECOND).finish(Outcome.SUCCESS, SECOND);
    }
    lease(cluster, 10 * SECOND).finish(Outcome.SUCCESS, 10 * SECOND);
    for (int i = 0; i < 6 * 150; i++) {
      Cluster.Lease lease = lease(cluster, 11 * SECOND);
      boolean bad = lease.upstream().name().equals("c") && i / 6 % 3 == 0;
      lease.finish(bad ? Outcome.SERVER_ERROR : Outcome.SUCCESS, 11 * SECOND);
    }
    lease(cluster, 20 * SECOND).finish(Outcome.SUCCESS, 20 * SECOND);
    assertThat(cluster.ejections()).isEqualTo(1);
  }

  @Test
  void whatWasSentBeforeDoesNotCountWhenItComesBack() {
    List<Upstream> all = upstreams(2);
    Cluster cluster = cluster(all, Ejection.Settings.USUAL);
    var sent = new ArrayList<Cluster.Lease>();
    for (int i = 0; i < 20; i++) {
      sent.add(lease(cluster, 0));
    }
    sent.removeIf(lease -> lease.upstream().name().equals("b"));
    sent.forEach(lease -> lease.finish(Outcome.TIMEOUT, SECOND));
    assertThat(cluster.ejections()).as("ten timeouts of requests sent together").isEqualTo(1);
    Cluster.Lease lease = cluster.acquire(0, List.of(all.get(1)), 31 * SECOND);
    assertThat(lease).isNotNull();
    lease.finish(Outcome.TIMEOUT, 31 * SECOND);
    assertThat(cluster.ejections()).as("after one more").isEqualTo(1);
  }

  @Test
  void settingsSayWhatIsWrong() {
    fail(cluster(4), "b", 1, 0);
    assertThatThrownBy(() -> new Ejection.Settings(1, SECOND, SECOND, 101, 1, 1, 1))
        .hasMessageContaining("101");
    assertThatThrownBy(() -> new Ejection.Settings(1, SECOND, SECOND, 10, 1, 1, Double.NaN))
        .hasMessageContaining("NaN");
  }
}
