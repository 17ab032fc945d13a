package systems.core.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-3")
class ExpiryTest {
  private final FakeClock clock = new FakeClock();
  private final List<String> left = new ArrayList<>();

  private ConcurrentCache<Integer, String> cache(Expiry<? super Integer, ? super String> expiry) {
    return new ConcurrentCache<>(
        CacheSpec.<Integer, String>ofEntries(1000)
            .evicting(Eviction.LRU)
            .expiring(expiry)
            .clockedBy(clock)
            .reportingTo((k, v, cause) -> left.add(k + v + " " + cause), Runnable::run));
  }

  private void pass(long millis) {
    clock.advance(Duration.ofMillis(millis));
  }

  @Test
  void afterWriteAReadDoesNotProlongLife() {
    var cache = cache(Expiry.afterWrite(Duration.ofSeconds(10)));
    cache.put(1, "a");
    pass(9_999);
    assertThat(cache.get(1)).isEqualTo("a");
    pass(1);
    assertThat(cache.get(1)).isNull();
    assertThat(cache.containsKey(1)).isFalse();
    cache.put(1, "b");
    assertThat(left).containsExactly("1a EXPIRED");
    pass(9_999);
    cache.put(1, "c");
    pass(9_999);
    assertThat(cache.get(1)).isEqualTo("c");
    cache.checkInvariants();
  }

  @Test
  void afterAccessAReadProlongsLife() {
    var cache = cache(Expiry.afterAccess(Duration.ofSeconds(10)));
    cache.put(1, "a");
    cache.put(2, "b");
    for (int i = 0; i < 5; i++) {
      pass(6_000);
      assertThat(cache.get(1)).isEqualTo("a");
      cache.containsKey(2); // a look is no access
    }
    cache.sweep();
    assertThat(cache).containsExactly(Map.entry(1, "a"));
    assertThat(left).containsExactly("2b EXPIRED");
    pass(10_000);
    cache.sweep();
    assertThat(cache.size()).isZero();
    cache.checkInvariants();
  }

  @Test
  void eachEntryMayHaveATimeOfItsOwn() {
    var cache = cache((Integer key, String _) -> Duration.ofMinutes(key).toNanos());
    for (int key = 1; key <= 100; key++) {
      cache.put(key, "v");
    }
    for (int minute = 1; minute <= 100; minute++) {
      pass(60_000 + 2); // and a tick of the wheel
      cache.sweep();
      assertThat(cache.size()).isEqualTo(100 - minute);
      assertThat(cache).doesNotContainKey(minute);
    }
  }

  @Test
  void theExpiredAreSweptAwayWhenOthersWork() {
    var cache = cache(Expiry.afterWrite(Duration.ofSeconds(1)));
    for (int i = 0; i < 500; i++) {
      cache.put(i, "v");
    }
    pass(2_000);
    cache.put(1000, "new");
    assertThat(cache.size()).isEqualTo(1);
    assertThat(left).hasSize(500).allMatch(report -> report.endsWith("EXPIRED"));
    assertThat(cache.stats().evictions()).isEqualTo(500);
  }

  @Test
  void aTimeOfNothingIsOverAtOnce() {
    var cache = cache((_, _) -> 0);
    cache.put(1, "a");
    assertThat(cache.get(1)).isNull();
    assertThat(cache.putIfAbsent(1, "b")).isNull();
    pass(5);
    cache.sweep();
    assertThat(left).containsExactly("1a EXPIRED", "1b EXPIRED");
  }

  @Test
  void aRenewedEntryOutlivesItsOldTime() {
    var cache = cache(Expiry.afterWrite(Duration.ofSeconds(10)));
    cache.put(1, "a");
    pass(9_000);
    cache.put(1, "b");
    pass(9_000);
    cache.sweep();
    assertThat(cache.get(1)).isEqualTo("b");
    assertThat(left).containsExactly("1a REPLACED");
  }

  @Test
  void aReadThatShortensLifeIsHeard() {
    var cache =
        cache(
            new Expiry<Integer, String>() {
              @Override
              public long afterCreate(Integer key, String value) {
                return FOREVER;
              }

              @Override
              public long afterRead(Integer key, String value, long remainingNanos) {
                return Duration.ofSeconds(1).toNanos();
              }
            });
    cache.put(1, "once");
    assertThat(cache.get(1)).isEqualTo("once");
    pass(1_002);
    cache.sweep();
    assertThat(left).containsExactly("1once EXPIRED");
  }

  @Test
  void iterationsLeaveTheExpiredOut() {
    var cache = cache((Integer key, String _) -> Duration.ofSeconds(key).toNanos());
    cache.put(1, "a");
    cache.put(2, "b");
    pass(1_500);
    assertThat(cache.keySet()).containsExactly(2);
    assertThat(cache.values()).containsExactly("b");
  }

  @Test
  void aLifeOfNothingIsNoConfiguration() {
    assertThatThrownBy(() -> Expiry.afterWrite(Duration.ZERO))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("longer than nothing");
    assertThat(cache(Expiry.afterAccess(Duration.ofDays(400_000))).put(1, "a")).isNull();
  }
}
