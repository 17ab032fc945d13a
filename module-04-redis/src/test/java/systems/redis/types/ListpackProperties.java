package systems.redis.types;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;

/** The listpack against a list of strings, from both sides, and its bytes against the format. */
@Tag("phase-2")
class ListpackProperties {
  private static final long[] EDGES = {
    0,
    127,
    128,
    -1,
    4095,
    4096,
    -4096,
    -4097,
    32767,
    32768,
    -32768,
    -32769,
    8388607,
    8388608,
    -8388608,
    -8388609,
    2147483647,
    2147483648L,
    -2147483648,
    -2147483649L,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };
  private static final int[] LENGTHS = {0, 1, 5, 63, 64, 125, 126, 127, 4095, 4096, 16384, 20000};

  private final Listpack pack = new Listpack();
  private final List<String> model = new ArrayList<>();

  private static String element(Random random) {
    return switch (random.nextInt(4)) {
      case 0 -> Long.toString(EDGES[random.nextInt(EDGES.length)]);
      case 1 -> Long.toString(random.nextLong() >> random.nextInt(64));
      case 2 -> "0" + random.nextInt(1000);
      default -> "x".repeat(LENGTHS[random.nextInt(random.nextInt(30) == 0 ? 12 : 8)]);
    };
  }

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }

  @Property(tries = 30)
  void itIsAListOfStrings(@ForAll long seed) {
    var random = new Random(seed);
    for (int step = 0; step < 150; step++) {
      change(random);
      if (step % 30 == 0) {
        agrees();
      }
    }
    agrees();
    byte[] copy = pack.toBytes();
    assertThat(Listpack.validate(copy)).as("its own bytes are valid").isTrue();
    assertThat(forward(Listpack.of(copy))).as("read from its bytes").isEqualTo(model);
  }

  private void change(Random random) {
    String text = element(random);
    int index = model.isEmpty() ? 0 : random.nextInt(model.size());
    switch (model.isEmpty() ? 0 : random.nextInt(6)) {
      case 0 -> {
        pack.append(bytes(text));
        model.add(text);
      }
      case 1 -> {
        pack.prepend(bytes(text));
        model.addFirst(text);
      }
      case 2, 3 -> {
        pack.insert(pack.seek(index), bytes(text));
        model.add(index, text);
      }
      case 4 -> {
        pack.replace(pack.seek(index), bytes(text));
        model.set(index, text);
      }
      default -> {
        int count = 1 + random.nextInt(3);
        int at = pack.delete(pack.seek(index), count);
        model.subList(index, Math.min(model.size(), index + count)).clear();
        assertThat(at == Listpack.NONE).as("nothing is behind").isEqualTo(index == model.size());
      }
    }
  }

  private static List<String> forward(Listpack pack) {
    var all = new ArrayList<String>();
    for (int at = pack.first(); at != Listpack.NONE; at = pack.next(at)) {
      assertThat(pack.length(at)).isEqualTo(pack.get(at).length);
      all.add(new String(pack.get(at), ISO_8859_1));
    }
    return all;
  }

  private void agrees() {
    assertThat(pack.count()).isEqualTo(model.size());
    assertThat(forward(pack)).as("read from its beginning").isEqualTo(model);
    var backward = new ArrayList<String>();
    for (int at = model.isEmpty() ? Listpack.NONE : pack.last();
        at != Listpack.NONE;
        at = pack.previous(at)) {
      backward.addFirst(new String(pack.get(at), ISO_8859_1));
    }
    assertThat(backward).as("read from its end").isEqualTo(model);
    for (int i = 0; i < model.size(); i++) {
      byte[] text = bytes(model.get(i));
      int at = pack.seek(i);
      assertThat(pack.equals(at, text)).as("element %d", i).isTrue();
      assertThat(pack.seek(i - model.size())).as("index %d from the end", i).isEqualTo(at);
    }
    for (int i = 0; i < model.size(); i += 7) {
      assertThat(pack.find(pack.first(), bytes(model.get(i)), 0))
          .as("the first element like the one at %d", i)
          .isEqualTo(pack.seek(model.indexOf(model.get(i))));
    }
    assertThat(pack.seek(model.size())).isEqualTo(Listpack.NONE);
  }

  /** The format's own examples: an integer of each width, a string of each. */
  @Example
  void eachEncodingIsTheShortest() {
    bytesAre("127", "7f01");
    bytesAre("128", "c08002");
    bytesAre("-1", "dfff02");
    bytesAre("4095", "cfff02");
    bytesAre("4096", "f1001003");
    bytesAre("-32769", "f2ff7fff04");
    bytesAre("8388608", "f30000800005");
    bytesAre("2147483648", "f4000000800000000009");
    bytesAre("ab", "82616203");
    bytesAre("01", "82303103");
    bytesAre("x".repeat(64), "e040" + "78".repeat(64) + "42");
    bytesAre("x".repeat(4096), "f000100000" + "78".repeat(4096) + "20" + "85");
  }

  private static void bytesAre(String text, String hex) {
    var pack = new Listpack();
    pack.append(bytes(text));
    byte[] all = pack.toBytes();
    String element = HexFormat.of().formatHex(Arrays.copyOfRange(all, 6, all.length - 1));
    assertThat(element).as("the bytes of %s", text.length() > 20 ? "a text" : text).isEqualTo(hex);
    assertThat(Listpack.entryBytes(bytes(text))).isEqualTo(element.length() / 2);
  }

  @Example
  void aSearchLooksOnlyAtKeys() {
    for (String text : new String[] {"a", "b", "b", "c"}) {
      pack.append(bytes(text));
    }
    assertThat(pack.find(pack.first(), bytes("b"), 1))
        .as("the b that is a key, not the value before it")
        .isEqualTo(pack.seek(2));
    assertThat(pack.find(pack.first(), bytes("c"), 1)).as("a value only").isEqualTo(Listpack.NONE);
  }

  /** Damage is refused, or harmless: what is accepted can be read to its end. */
  @Property(tries = 500)
  void foreignBytesAreRefusedOrReadable(@ForAll long seed) {
    var random = new Random(seed);
    for (int i = 0; i < 1 + random.nextInt(6); i++) {
      pack.append(bytes(element(random)));
    }
    byte[] damaged = pack.toBytes();
    damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
    if (Listpack.validate(damaged)) {
      Listpack read = Listpack.of(damaged);
      List<String> all = forward(read);
      int n = 0;
      for (int at = read.last(); at != Listpack.NONE; at = read.previous(at)) {
        n++;
      }
      assertThat(n).as("elements from the end").isEqualTo(all.size());
    }
  }

  @Example
  void aWrongLengthAtAnElementsEndIsRefused() {
    pack.append(bytes("abc"));
    byte[] damaged = pack.toBytes();
    damaged[damaged.length - 2]++;
    assertThat(Listpack.validate(damaged)).as("a walk backwards would go astray").isFalse();
  }
}
