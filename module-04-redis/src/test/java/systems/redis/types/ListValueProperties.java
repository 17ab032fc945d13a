package systems.redis.types;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** The chain of listpacks against an {@link ArrayList}. */
@Tag("phase-2")
class ListValueProperties {
  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, ISO_8859_1);
  }

  private static ListValue list(int size, int depth) {
    var limits = new Limits();
    limits.listSize = size;
    limits.listCompressDepth = depth;
    return new ListValue(limits);
  }

  @Property(tries = 100)
  void itIsAList(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 9) int nodeElements,
      @ForAll @IntRange(min = 0, max = 2) int depth) {
    var random = new Random(seed);
    ListValue list = list(nodeElements, depth);
    List<String> model = new ArrayList<>();
    for (int step = 0; step < 300; step++) {
      change(random, list, model);
      assertThat(list.size()).isEqualTo(model.size());
      if (step % 20 == 0) {
        agrees(list, model);
      }
    }
    agrees(list, model);
    agrees(list.copy(), model);
  }

  private static void change(Random random, ListValue list, List<String> model) {
    String value = random.nextInt(5) == 0 ? "y".repeat(100) : "v" + random.nextInt(20);
    int index = model.isEmpty() ? 0 : random.nextInt(model.size());
    switch (model.isEmpty() ? random.nextInt(2) : random.nextInt(10)) {
      case 0, 8 -> {
        list.pushFirst(bytes(value));
        model.addFirst(value);
      }
      case 1, 9 -> {
        list.pushLast(bytes(value));
        model.add(value);
      }
      case 2 -> assertThat(text(list.popFirst())).as("the first").isEqualTo(model.removeFirst());
      case 3 -> assertThat(text(list.popLast())).as("the last").isEqualTo(model.removeLast());
      case 4 -> {
        list.place(index, true).set(bytes(value));
        model.set(index, value);
      }
      case 5 -> {
        boolean before = random.nextBoolean();
        list.place(index, true).insert(bytes(value), before);
        model.add(before ? index : index + 1, value);
      }
      case 6 -> {
        list.place(index, random.nextBoolean()).remove();
        model.remove(index);
      }
      default -> {
        int count = random.nextInt(6);
        list.removeRange(index, count);
        model.subList(index, Math.min(model.size(), index + count)).clear();
      }
    }
  }

  private static void agrees(ListValue list, List<String> model) {
    assertThat(walked(list, true)).as("from the head").isEqualTo(model);
    assertThat(walked(list, false)).as("from the tail").isEqualTo(model.reversed());
    for (int i = 0; i < model.size(); i++) {
      assertThat(text(list.place(i, true).get())).as("index %d", i).isEqualTo(model.get(i));
    }
    assertThat(list.place(model.size(), true).isThere()).as("behind the last one").isFalse();
    int elements = 0;
    int nodes = 0;
    for (ListValue.Node node = list.firstNode(); node != null; node = node.next()) {
      elements += node.count();
      nodes++;
    }
    assertThat(elements).as("the counts of the nodes").isEqualTo(model.size());
    assertThat(list.nodes()).as("the number of nodes").isEqualTo(nodes);
  }

  private static List<String> walked(ListValue list, boolean forward) {
    var all = new ArrayList<String>();
    for (ListValue.Place p = list.place(forward ? 0 : -1, forward); p.isThere(); p.advance()) {
      all.add(text(p.get()));
    }
    return all;
  }

  @Property(tries = 50)
  void aWalkMayTakeElementsOut(@ForAll long seed, @ForAll boolean forward) {
    var random = new Random(seed);
    ListValue list = list(4, random.nextInt(2));
    List<String> model = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      list.pushLast(bytes("v" + random.nextInt(3)));
      model.add(text(list.place(-1, true).get()));
    }
    ListValue.Place place = list.place(forward ? 0 : -1, forward);
    while (place.isThere()) {
      if (place.is(bytes("v1"))) {
        place.remove();
      } else {
        place.advance();
      }
    }
    model.removeIf("v1"::equals);
    assertThat(walked(list, true)).as("what is left").isEqualTo(model);
  }

  @Example
  void aNodeHoldsNoMoreThanItMay() {
    ListValue counted = list(3, 0);
    ListValue sized = list(-1, 0);
    for (int i = 0; i < 30; i++) {
      counted.pushLast(bytes("v"));
      sized.pushLast(bytes("x".repeat(1000)));
    }
    assertThat(counted.nodes()).as("three elements a node").isEqualTo(10);
    assertThat(sized.nodes()).as("nodes of 4 KiB").isEqualTo(8);
  }

  @Example
  void theMiddleIsCompressedAndTheEndsAreNot() {
    ListValue list = list(10, 1);
    for (int i = 0; i < 50; i++) {
      list.pushLast(bytes("the same text again and again"));
    }
    var compressed = new ArrayList<Boolean>();
    for (ListValue.Node node = list.firstNode(); node != null; node = node.next()) {
      compressed.add(node.isCompressed());
    }
    assertThat(compressed).containsExactly(false, true, true, true, false);
    for (int i = 0; i < 10; i++) {
      list.popFirst();
    }
    assertThat(list.firstNode().isCompressed()).as("the new head").isFalse();
  }
}
