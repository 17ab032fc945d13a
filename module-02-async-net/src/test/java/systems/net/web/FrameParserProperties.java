package systems.net.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

@Tag("phase-5")
final class FrameParserProperties {
  private static final int LENGTH_MAX = 300;

  /** Messages in random fragments with pings between them, the bytes in random pieces. */
  @Property(tries = 500)
  void messagesComeBackWhereverTheyAreCut(@ForAll long seed) throws Exception {
    var random = new Random(seed);
    var expected = new ArrayList<String>();
    var bytes = new ByteArrayOutputStream();
    for (int n = random.nextInt(1, 6); n > 0; n--) {
      write(random, bytes, expected);
    }
    var heard = new FrameParserTest.Heard();
    feed(
        new FrameParser(heard, FrameParser.From.CLIENT, 4 * LENGTH_MAX),
        bytes.toByteArray(),
        random);
    assertThat(heard.events).as("seed %d", seed).isEqualTo(expected);
  }

  private static void write(Random random, ByteArrayOutputStream bytes, List<String> expected) {
    String text =
        random
            .ints(random.nextInt(LENGTH_MAX), 1, 0x2fff)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
    byte[] payload = text.getBytes(StandardCharsets.UTF_8);
    int from = 0;
    int opcode = Frames.TEXT;
    while (random.nextInt(3) > 0) {
      int to = random.nextInt(from, payload.length + 1);
      bytes.writeBytes(Frames.masked(opcode, false, Arrays.copyOfRange(payload, from, to), random));
      from = to;
      opcode = Frames.CONTINUATION;
      if (random.nextBoolean()) {
        bytes.writeBytes(Frames.masked(Frames.PING, true, new byte[] {'x'}, random));
        expected.add("ping x");
      }
    }
    bytes.writeBytes(
        Frames.masked(opcode, true, Arrays.copyOfRange(payload, from, payload.length), random));
    expected.add("text " + text);
  }

  private static void feed(FrameParser parser, byte[] bytes, Random random) throws Exception {
    int from = 0;
    while (from < bytes.length) {
      int to = random.nextInt(from, Math.min(bytes.length, from + 40)) + 1;
      while (from < to) {
        from = parser.step(bytes, from, to);
      }
    }
  }

  /** Against the JDK's decoder; bytes that are often the interesting ones, cut anywhere. */
  @Property(tries = 3_000)
  void utf8IsWhatTheDecoderTakes(
      @ForAll @Size(max = 6) List<@IntRange(max = 11) Integer> picked,
      @ForAll @IntRange(max = 6) int cut) {
    int[] bytes = {0x41, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc3, 0xe0, 0xed, 0xf0, 0xf4};
    var text = new byte[picked.size()];
    for (int i = 0; i < text.length; i++) {
      text[i] = (byte) bytes[picked.get(i)];
    }
    checkUtf8(text, Math.min(cut, text.length));
  }

  @Property(tries = 500)
  void anyBytesAreUtf8OrNot(
      @ForAll @Size(max = 4) byte[] text, @ForAll @IntRange(max = 4) int cut) {
    checkUtf8(text, Math.min(cut, text.length));
  }

  private static void checkUtf8(byte[] text, int cut) {
    var utf8 = new Utf8();
    boolean taken = utf8.feed(text, 0, cut) && utf8.feed(text, cut, text.length) && utf8.isWhole();
    boolean decoded;
    try {
      decoded = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text)) != null;
    } catch (CharacterCodingException none) {
      decoded = false;
    }
    assertThat(taken).as(Arrays.toString(text)).isEqualTo(decoded);
  }
}
