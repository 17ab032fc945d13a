package systems.redis.types;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** The sorted set, compact or not, against a map that is sorted anew. */
@Tag("phase-2")
class ZsetValueProperties {
  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }

  private static List<String> sorted(Map<String, Double> model) {
    return model.entrySet().stream()
        .sorted(
            Map.Entry.<String, Double>comparingByValue()
                .thenComparing(Map.Entry.comparingByKey(Comparator.naturalOrder())))
        .map(e -> e.getKey() + "=" + e.getValue())
        .toList();
  }

  @Property(tries = 60)
  void itIsASortedMap(@ForAll long seed, @ForAll @IntRange(min = 0, max = 60) int compactMax) {
    var random = new Random(seed);
    var limits = new Limits();
    limits.zsetEntries = compactMax;
    ZsetValue zset = ZsetValue.forMember(bytes("m0"), limits);
    Map<String, Double> model = new HashMap<>();
    for (int step = 0; step < 300; step++) {
      String member = "m" + random.nextInt(50);
      if (random.nextInt(4) == 0) {
        assertThat(zset.remove(bytes(member))).isEqualTo(model.remove(member) != null);
      } else {
        double score = random.nextInt(3) == 0 ? random.nextGaussian() : random.nextInt(8) - 4;
        zset.put(bytes(member), score);
        model.put(member, score);
      }
      if (step % 15 == 0) {
        agrees(zset, model);
      }
    }
    agrees(zset, model);
    agrees(zset.copy(), model);
  }

  private static void agrees(ZsetValue zset, Map<String, Double> model) {
    List<String> expected = sorted(model);
    var forward = new ArrayList<String>();
    zset.forEach((member, score) -> forward.add(new String(member, ISO_8859_1) + "=" + score));
    assertThat(forward).as("members in order, kept as %s", zset.encoding()).isEqualTo(expected);
    var backward = new ArrayList<String>();
    for (ZsetValue.Place p = zset.at(-1); p.isThere(); p.back()) {
      backward.addFirst(new String(p.member(), ISO_8859_1) + "=" + p.score());
    }
    assertThat(backward).as("from the last back").isEqualTo(expected);
    for (int i = 0; i < expected.size(); i++) {
      String member = expected.get(i).substring(0, expected.get(i).indexOf('='));
      assertThat(zset.rank(bytes(member))).as("the rank of %s", member).isEqualTo(i);
      assertThat(zset.at(i).member()).as("the member at rank %d", i).isEqualTo(bytes(member));
      assertThat(zset.score(bytes(member))).isEqualTo(model.get(member));
    }
    for (double bound = -5; bound <= 5; bound += 0.5) {
      double b = bound;
      long below = model.values().stream().filter(s -> s < b).count();
      ZsetValue.Place first = zset.firstAfter((_, score) -> score < b);
      assertThat(first.isThere()).isEqualTo(below < model.size());
      if (first.isThere()) {
        assertThat(zset.rank(first.member())).as("first not below %s", b).isEqualTo((int) below);
      }
      ZsetValue.Place last = zset.lastWith((_, score) -> score < b);
      assertThat(last.isThere()).isEqualTo(below > 0);
      if (last.isThere()) {
        assertThat(zset.rank(last.member())).as("last below %s", b).isEqualTo((int) below - 1);
      }
    }
    assertThat(zset.rank(bytes("nobody"))).isEqualTo(-1);
    assertThat(zset.score(bytes("nobody"))).isNaN();
  }

  @Example
  void aMemberIsNotMistakenForAScore() {
    var zset = new ZsetValue(new Limits());
    zset.put(bytes("a"), 7);
    assertThat(zset.contains(bytes("7"))).as("7 is a score, no member").isFalse();
    zset.put(bytes("7"), 1);
    assertThat(zset.score(bytes("7"))).isEqualTo(1);
    assertThat(zset.rank(bytes("a"))).isEqualTo(1);
  }

  @Example
  void theLastEntryThatFitsIsCompact() {
    var limits = new Limits();
    limits.zsetEntries = 2;
    limits.zsetValueBytes = 3;
    var zset = new ZsetValue(limits);
    zset.put(bytes("abc"), 1);
    zset.put(bytes("b"), 2);
    assertThat(zset.encoding()).as("two entries of three bytes").isEqualTo("listpack");
    zset.put(bytes("c"), 3);
    assertThat(zset.encoding()).as("one more").isEqualTo("skiplist");
    zset.remove(bytes("c"));
    assertThat(zset.encoding()).as("it never goes back").isEqualTo("skiplist");
    ZsetValue wide = ZsetValue.forMember(bytes("abcd"), limits);
    assertThat(wide.encoding()).as("a first member that is too long").isEqualTo("skiplist");
  }
}
