package systems.redis.types;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** The skip list against a list that is sorted anew after each change. */
@Tag("phase-2")
class SkipListProperties {
  private static final Comparator<SkipList.Node> ORDER =
      Comparator.comparingDouble(SkipList.Node::score)
          .thenComparing(node -> new String(node.member(), ISO_8859_1));

  private final SkipList list = new SkipList();
  private final Map<String, SkipList.Node> nodes = new HashMap<>();

  @Property(tries = 60)
  void itIsTheSortedListOfItsMembers(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 400) int names) {
    var random = new Random(seed);
    for (int step = 0; step < 600; step++) {
      change(random, "m" + random.nextInt(names));
      if (step % 50 == 0) {
        isSorted();
      }
    }
    isSorted();
    ranksAreIndexes();
    searchesAgree(random);
  }

  private void change(Random random, String name) {
    double score = random.nextInt(20) - 10;
    SkipList.Node node = nodes.get(name);
    if (node == null) {
      nodes.put(name, list.insert(name.getBytes(ISO_8859_1), score));
    } else if (random.nextInt(3) == 0) {
      list.delete(node);
      nodes.remove(name);
    } else {
      nodes.put(name, list.move(node, score));
    }
  }

  private List<SkipList.Node> sorted() {
    var sorted = new ArrayList<>(nodes.values());
    sorted.sort(ORDER);
    return sorted;
  }

  private void isSorted() {
    var forward = new ArrayList<SkipList.Node>();
    for (SkipList.Node node = list.first(); node != null; node = node.next()) {
      forward.add(node);
    }
    var backward = new ArrayList<SkipList.Node>();
    for (SkipList.Node node = list.last(); node != null; node = node.previous()) {
      backward.addFirst(node);
    }
    assertThat(forward).as("from the first on").isEqualTo(sorted());
    assertThat(backward).as("from the last back").isEqualTo(sorted());
    assertThat(list.size()).isEqualTo(nodes.size());
  }

  private void ranksAreIndexes() {
    List<SkipList.Node> sorted = sorted();
    for (int i = 0; i < sorted.size(); i++) {
      assertThat(list.rank(sorted.get(i))).as("rank").isEqualTo(i);
      assertThat(list.at(i)).as("the member at a rank").isSameAs(sorted.get(i));
    }
  }

  private void searchesAgree(Random random) {
    List<SkipList.Node> sorted = sorted();
    for (int i = 0; i < 20; i++) {
      double bound = random.nextInt(24) - 12;
      SkipList.Node last = null;
      SkipList.Node after = null;
      for (SkipList.Node node : sorted) {
        if (node.score() < bound) {
          last = node;
        } else if (after == null) {
          after = node;
        }
      }
      assertThat(list.lastWith(node -> node.score() < bound)).isSameAs(last);
      assertThat(list.firstAfter(node -> node.score() < bound)).isSameAs(after);
    }
  }
}
