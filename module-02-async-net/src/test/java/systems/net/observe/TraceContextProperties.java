package systems.net.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

/** Against the grammars as regular expressions, on headers that are nearly right. */
@Tag("phase-7")
final class TraceContextProperties {
  private static final String IDS = "-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}";
  private static final Pattern VERSION_0 = Pattern.compile("00" + IDS);
  private static final Pattern LATER =
      Pattern.compile("(?!00|ff)[0-9a-f]{2}" + IDS + "(-.*)?", Pattern.DOTALL);

  private static final Pattern MEMBER =
      Pattern.compile("[ \t]*([a-z0-9][a-z0-9_*/@-]{0,255})=[ -+--<>-~]{0,255}[!-+--<>-~][ \t]*");

  @Property(tries = 1000)
  void aTraceparentIsTakenByItsGrammar(@ForAll("nearlyParents") String header) {
    boolean valid = VERSION_0.matcher(header).matches() || LATER.matcher(header).matches();
    assertThat(TraceContext.parse(header, null) != null)
        .as("whether \"%s\" is valid", header)
        .isEqualTo(valid);
  }

  @Property(tries = 300)
  void whatIsWrittenIsRead(@ForAll long seed, @ForAll boolean sampled) {
    var random = new SplittableRandom(seed);
    TraceContext context = TraceContext.fresh(random, sampled).child(random);
    assertThat(VERSION_0.matcher(context.header()).matches()).isTrue();
    assertThat(TraceContext.parse(context.header(), null)).isEqualTo(context);
  }

  private static boolean isState(String header) {
    var keys = new HashSet<String>();
    for (String part : header.split(",", -1)) {
      var member = MEMBER.matcher(part);
      if (!part.matches("[ \t]*") && (!member.matches() || !keys.add(member.group(1)))) {
        return false;
      }
    }
    return keys.size() <= 32;
  }

  @Property(tries = 1000)
  void aTracestateIsTakenByItsGrammar(@ForAll("nearlyStates") String header) {
    @Nullable TraceState state = TraceState.parse(header);
    assertThat(state != null).as("whether \"%s\" is valid", header).isEqualTo(isState(header));
    if (state != null) {
      assertThat(state.header().length()).isLessThanOrEqualTo(512);
      assertThat(isState(state.header())).as("what is passed on: %s", state.header()).isTrue();
    }
  }

  /** A valid header with some characters put elsewhere, and its end cut or drawn out. */
  @Provide
  Arbitrary<String> nearlyParents() {
    Arbitrary<String> version = Arbitraries.of("00", "00", "00", "01", "cc", "fe", "ff");
    Arbitrary<String> trace =
        Arbitraries.of("4bf92f3577b34da6a3ce929d0e0e4736", "0".repeat(32), "0".repeat(31) + "1");
    Arbitrary<String> span = Arbitraries.of("00f067aa0ba902b7", "0".repeat(16), "f".repeat(16));
    Arbitrary<String> end = Arbitraries.of("-01", "-00", "-ff", "-01-", "-01-x", "-01x", "-0", "");
    Arbitrary<String> whole =
        Combinators.combine(version, trace, span, end)
            .as((v, t, s, e) -> v + "-" + t + "-" + s + e);
    return edited(whole, "0fgFG-_ \u0660");
  }

  @Provide
  Arbitrary<String> nearlyStates() {
    Arbitrary<String> member =
        Arbitraries.of("a=1", "b=2", "ab/c@d=x y", "", " c=3 ", "k=" + "v".repeat(150), "9=~!");
    Arbitrary<String> whole =
        member.list().ofMaxSize(40).map(TraceContextProperties::withDifferentKeys);
    return edited(whole, "a,= \t_@A\u00e9");
  }

  private static String withDifferentKeys(List<String> members) {
    var out = new StringBuilder();
    for (int i = 0; i < members.size(); i++) {
      String member = members.get(i);
      int equals = member.indexOf('=');
      String numbered =
          equals < 0 ? member : member.substring(0, equals) + i + member.substring(equals);
      out.append(i > 0 ? "," : "").append(numbered);
    }
    return out.toString();
  }

  private static Arbitrary<String> edited(Arbitrary<String> whole, String signs) {
    Arbitrary<Integer> place = Arbitraries.integers().between(0, 1000);
    Arbitrary<Character> sign = Arbitraries.of(signs.chars().mapToObj(c -> (char) c).toList());
    Arbitrary<Integer> edits = Arbitraries.of(0, 0, 1, 1, 2);
    return Combinators.combine(whole, place, sign, edits)
        .as((text, at, c, n) -> edit(edit(text, at, c, n > 0), at * 7, c, n > 1));
  }

  private static String edit(String text, int at, char c, boolean really) {
    if (!really || text.isEmpty()) {
      return text;
    }
    int place = at % text.length();
    return text.substring(0, place) + c + text.substring(place + 1);
  }

  @Property(tries = 100)
  void whoWritesIsFirstAndNobodyElseChanges(@ForAll @IntRange(min = 0, max = 32) int members) {
    var state = TraceState.NONE;
    for (int i = 0; i < members; i++) {
      state = state.with("k" + i, "v" + i);
    }
    TraceState next = state.with("k0", "new");
    assertThat(next.members().getFirst().value()).isEqualTo("new");
    assertThat(next.members()).hasSize(Math.max(1, members));
    assertThat(next.without("k0")).isEqualTo(state.without("k0"));
  }
}
