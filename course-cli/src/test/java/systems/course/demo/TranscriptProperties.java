package systems.course.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The matcher against the slow and obvious model: a regular expression. */
class TranscriptProperties {
  @Property
  void outputMatchesItself(@ForAll("outputs") List<String> output) {
    assertThat(new Transcript(output).compare(output)).isEmpty();
  }

  @Property
  void anyRangeOfLinesMayBeLeftOut(
      @ForAll("outputs") List<String> output, @ForAll int a, @ForAll int b) {
    int one = Math.floorMod(a, output.size() + 1);
    int other = Math.floorMod(b, output.size() + 1);
    List<String> expected = new ArrayList<>(output.subList(0, Math.min(one, other)));
    expected.add("...");
    expected.addAll(output.subList(Math.max(one, other), output.size()));
    assertThat(new Transcript(expected).compare(output)).isEmpty();
  }

  @Property(tries = 2000)
  void linesMatchAsTheRegularExpressionDoes(
      @ForAll("patterns") String pattern, @ForAll("texts") String line) {
    assertThat(Transcript.lineMatches(pattern, line))
        .isEqualTo(Pattern.matches(regexOfLine(pattern), line));
  }

  @Property(tries = 3000)
  void outputsMatchAsTheRegularExpressionDoes(
      @ForAll("expectations") List<String> expected, @ForAll("outputs") List<String> output) {
    assertThat(new Transcript(expected).compare(output).isEmpty())
        .isEqualTo(Pattern.matches(regexOfLines(expected), joined(output)));
  }

  @Property(tries = 2000)
  void mismatchPointsIntoBoth(
      @ForAll("expectations") List<String> expected, @ForAll("outputs") List<String> output) {
    var transcript = new Transcript(expected);
    transcript
        .compare(output)
        .ifPresent(mismatch -> {
          assertThat(mismatch.expectedLine()).isBetween(0, transcript.expected().size());
          assertThat(mismatch.outputLine()).isBetween(0, output.size());
        });
  }

  @Provide
  Arbitrary<String> texts() {
    return Arbitraries.strings().withChars("ab.").ofMaxLength(8);
  }

  @Provide
  Arbitrary<String> patterns() {
    return Arbitraries.of("a", "b", "...", ".").list().ofMaxSize(6).map(p -> String.join("", p));
  }

  @Provide
  Arbitrary<List<String>> outputs() {
    return Arbitraries.of("a", "b", "ab", "c").list().ofMaxSize(8);
  }

  @Provide
  Arbitrary<List<String>> expectations() {
    return Arbitraries.of("a", "b", "ab", "a...", "...b", "...").list().ofMaxSize(6);
  }

  private static String regexOfLine(String pattern) {
    var regex = new StringBuilder();
    int from = 0;
    for (int gap = pattern.indexOf("..."); gap >= 0; gap = pattern.indexOf("...", from)) {
      regex.append(Pattern.quote(pattern.substring(from, gap))).append("[^\n]*");
      from = gap + 3;
    }
    return regex.append(Pattern.quote(pattern.substring(from))).toString();
  }

  private static String regexOfLines(List<String> expected) {
    var regex = new StringBuilder();
    for (String line : expected) {
      regex.append(line.equals("...") ? "([^\n]*\n)*" : regexOfLine(line) + "\n");
    }
    return regex.toString();
  }

  private static String joined(List<String> output) {
    return output.isEmpty() ? "" : String.join("\n", output) + "\n";
  }
}
