package systems.net.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Against {@link SlowParser}, on what is right and on what is nearly right. */
@Tag("phase-4")
class RequestParserProperties {
  @Provide
  Arbitrary<String> requests() {
    Arbitrary<String> line =
        Combinators.combine(methods(), targets(), Arbitraries.of("1", "1", "1", "0"))
            .as((method, target, minor) -> method + " " + target + " HTTP/1." + minor + "\r\n");
    Arbitrary<String> message =
        Combinators.combine(Arbitraries.of("", "", "", "\r\n"), line, fields(), bodies())
            .as((before, first, fields, body) -> before + first + fields + body);
    return message.list().ofMinSize(1).ofMaxSize(3).map(list -> String.join("", list));
  }

  private static Arbitrary<String> methods() {
    return Arbitraries.of(
        "GET", "GET", "HEAD", "POST", "OPTIONS", "M-SEARCH", "get", "!#$%&'*+.^_`|~");
  }

  private static Arbitrary<String> targets() {
    Arbitrary<String> path =
        Arbitraries.of("a", "b/", "%2f", "%C3%A9", ".", "~", "!$&'()*+,;=:@", "index.html")
            .list()
            .ofMaxSize(5)
            .map(list -> "/" + String.join("", list));
    Arbitrary<String> query = Arbitraries.of("", "", "?", "?a=b", "?a=/?b&c=%20");
    Arbitrary<String> before =
        Arbitraries.of("", "", "", "http://b.example", "https://[::1]:8443", "HTTP://b.example:");
    return Combinators.combine(before, path, query).as((b, p, q) -> b + p + q);
  }

  private static Arbitrary<String> fields() {
    Arbitrary<String> name = Arbitraries.of("A", "Accept", "x-y", "Cookie", "!", "HOSTS", "Conten");
    Arbitrary<String> value =
        Arbitraries.of("", "b", "b c", "a\tb", "text/html;q=0.5, */*", "\u00e9\u00ff", "a:b: c");
    Arbitrary<String> blanks = Arbitraries.of("", " ", " ", "\t", " \t ");
    Arbitrary<String> field =
        Combinators.combine(name, blanks, value, blanks)
            .as((n, before, v, after) -> n + ":" + before + v + after + "\r\n");
    Arbitrary<String> host =
        Arbitraries.of("a.example", "a.example:80", "127.0.0.1", "[::1]:80", "a:");
    return Combinators.combine(field.list().ofMaxSize(4), host, field.list().ofMaxSize(4))
        .as((before, h, after) ->
            String.join("", before) + "Host: " + h + "\r\n" + String.join("", after));
  }

  private static Arbitrary<String> bodies() {
    Arbitrary<String> data = Arbitraries.of("a", "hello", "\r\n", "GET / HTTP/1.1\r\n\r\n", "0");
    Arbitrary<String> plain =
        data.map(body -> "content-length: " + body.length() + "\r\n\r\n" + body);
    Arbitrary<String> extension =
        Arbitraries.of("", "", ";a", ";a=b", "; a = b ;c", ";a=\"b;\\\"\r\"".replace("\r", ""));
    Arbitrary<String> chunk =
        Combinators.combine(data, extension)
            .as((d, e) -> Integer.toHexString(d.length()) + e + "\r\n" + d + "\r\n");
    Arbitrary<String> trailers = Arbitraries.of("", "", "A: b\r\n", "Host: c\r\nDigest:x\r\n");
    Arbitrary<String> chunks =
        Combinators.combine(chunk.list().ofMaxSize(3), trailers)
            .as((list, t) ->
                "Transfer-Encoding: chunked\r\n\r\n"
                    + String.join("", list)
                    + "0\r\n"
                    + t
                    + "\r\n");
    return Arbitraries.oneOf(Arbitraries.just("\r\n"), plain, chunks);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The story without the status at its end. */
  private static String accepted(String story) {
    return story.substring(0, story.lastIndexOf(Parsing.END) + 1);
  }

  @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
  void requestsAreReadAsTheSlowParserReadsThem(@ForAll("requests") String text) {
    String slow = SlowParser.of(text);
    String story = Parsing.of(bytes(text));
    if (!text.contains("HTTP/1.0")) {
      assertThat(story).as("all of it is right").isEqualTo(slow);
    }
    assertThat(accepted(story)).isEqualTo(accepted(slow));
  }

  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void itMakesNoDifferenceWhereTheyAreCut(
      @ForAll("requests") String text,
      @ForAll @Size(max = 6) List<@IntRange(max = 999) Integer> at) {
    byte[] bytes = bytes(text);
    int[] cuts = at.stream().mapToInt(i -> i % (bytes.length + 1)).sorted().toArray();
    assertThat(Parsing.of(bytes, cuts)).isEqualTo(Parsing.of(bytes));
  }

  @Property(tries = 1_000, edgeCases = EdgeCasesMode.NONE)
  void whatIsNearlyRightIsReadAsTheSlowParserReadsIt(
      @ForAll("requests") String text,
      @ForAll @IntRange(max = 9_999) int at,
      @ForAll @IntRange(max = 2) int how,
      @ForAll("oddBytes") char odd) {
    int i = at % text.length();
    String head = text.substring(0, i);
    String mutated =
        switch (how) {
          case 0 -> head + odd + text.substring(i + 1);
          case 1 -> head + odd + text.substring(i);
          default -> head + text.substring(i + 1);
        };
    assertThat(accepted(Parsing.of(bytes(mutated))))
        .as("what is taken of %s", mutated.replace("\r", "\\r").replace("\n", "\\n"))
        .isEqualTo(accepted(SlowParser.of(mutated)));
  }

  @Provide
  Arbitrary<Character> oddBytes() {
    return Arbitraries.of(
        '\r', '\n', ' ', '\t', ':', ';', ',', '\0', '\u007f', '\u00e9', '0', 'g', '%', '/', '"',
        '\\', '=', '?', '#', '+', '-', '[', ']', '@', 'A');
  }
}
