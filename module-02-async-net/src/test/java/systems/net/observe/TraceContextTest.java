package systems.net.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("phase-7")
final class TraceContextTest {
  private static final String PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  private static TraceContext parse(String parent, String state) {
    TraceContext context = TraceContext.parse(parent, state);
    assertThat(context).as("what %s says", parent).isNotNull();
    return context;
  }

  private static TraceState state(String header) {
    TraceState state = TraceState.parse(header);
    assertThat(state).as("what %s says", header).isNotNull();
    return state;
  }

  @Test
  void whatIsParsedIsWrittenAsItWas() {
    TraceContext context = parse(PARENT, "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
    assertThat(context.header()).isEqualTo(PARENT);
    assertThat(context.state()).isEqualTo("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
    assertThat(context.sampled()).isTrue();
    assertThat(parse(PARENT.replace("-01", "-00"), "").sampled()).isFalse();
  }

  @Test
  void aTraceGoesOnWithTheSameId() {
    TraceContext child = parse(PARENT, "a=1,b=2").child(new SplittableRandom(1));
    assertThat(child.traceId()).isEqualTo("4bf92f3577b34da6a3ce929d0e0e4736");
    assertThat(child.spanId()).isNotEqualTo("00f067aa0ba902b7").hasSize(16);
    assertThat(child.sampled()).isTrue();
    assertThat(child.state()).isEqualTo("a=1,b=2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "0G-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473+-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7_01",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01x",
        "\u0660\u0660-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
      })
  void whatIsNoTraceparentIsIgnored(String header) {
    assertThat(TraceContext.parse(header, null)).as(header).isNull();
  }

  @ParameterizedTest
  @CsvSource({"01,''", "01,-more", "cc,-", "fe,-a-b"})
  void aLaterVersionIsReadAsFarAsThisOneGoes(String version, String more) {
    TraceContext context = parse(version + PARENT.substring(2) + more, "a=1");
    assertThat(context.header()).as("passed on as version 00").isEqualTo(PARENT);
  }

  @Test
  void flagsThatNobodyKnowsAreNotPassedOn() {
    assertThat(parse(PARENT.replace("-01", "-ff"), "").header()).endsWith("-03");
    assertThat(parse(PARENT.replace("-01", "-fc"), "").header()).endsWith("-00");
  }

  @Test
  void freshIdsDiffer() {
    var random = new SplittableRandom(7);
    var ids = new HashSet<String>();
    for (int i = 0; i < 1000; i++) {
      TraceContext fresh = TraceContext.fresh(random, true);
      assertThat(TraceContext.parse(fresh.header(), null)).isEqualTo(fresh);
      ids.add(fresh.child(random).traceId());
    }
    assertThat(ids).hasSize(1000);
  }

  // ---- the state

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "=1",
        "A=1",
        "a=",
        "a=1=2",
        "a=1,a=2",
        "a=1,b",
        "_a=1",
        "a b=1",
        "a=\u00e9",
        "a=x\ty",
        "\u00e9=1"
      })
  void whatIsNoStateIsDroppedAndTheTraceGoesOn(String header) {
    assertThat(parse(PARENT, header).state()).as(header).isNull();
  }

  @Test
  void blanksAndEmptyMembersAreAllowed() {
    assertThat(state(" a=1 \t, ,b= 2,,3x@y/z*-_=!~").header()).isEqualTo("a=1,b= 2,3x@y/z*-_=!~");
  }

  private static String members(int count) {
    return IntStream.range(0, count).mapToObj(i -> "k" + i + "=v").collect(Collectors.joining(","));
  }

  @Test
  void thirtyTwoMembersAreAllowed() {
    assertThat(state(members(32)).members()).hasSize(32);
    assertThat(TraceState.parse(members(33))).as("with 33 members").isNull();
  }

  @Test
  void whoWritesMovesToTheFront() {
    TraceState state = state("a=1,b=2,c=3");
    assertThat(state.with("b", "9").header()).isEqualTo("b=9,a=1,c=3");
    assertThat(state.with("d", "4").header()).isEqualTo("d=4,a=1,b=2,c=3");
    assertThat(state.without("b").header()).isEqualTo("a=1,c=3");
    assertThat(state.with("b", "9").get("b")).isEqualTo("9");
    assertThat(state.get("z")).isNull();
    assertThat(state(members(32)).with("new", "1").members()).hasSize(32);
    assertThat(state(members(32)).with("new", "1").get("k31")).as("the oldest").isNull();
    assertThatThrownBy(() -> state.with("B", "1")).hasMessageContaining("B=1");
  }

  @Test
  void ofWhatIsTooLongTheLargeOnesGoFirst() {
    String large = "large=" + "x".repeat(200);
    String small = "s%d=" + "y".repeat(90);
    String header =
        small.formatted(1)
            + ","
            + large
            + ","
            + small.formatted(2)
            + ","
            + small.formatted(3)
            + ","
            + small.formatted(4)
            + ","
            + small.formatted(5);
    assertThat(header.length()).isGreaterThan(512);
    TraceState left = state(state(header).header());
    assertThat(left.members().stream().map(TraceState.Member::key))
        .containsExactly("s1", "s2", "s3", "s4", "s5");
    TraceState shorter = state(state(header + "," + small.formatted(6)).header());
    assertThat(shorter.members().stream().map(TraceState.Member::key))
        .as("and then the oldest")
        .containsExactly("s1", "s2", "s3", "s4", "s5");
    assertThat(parse(PARENT, header).state()).doesNotContain("large").startsWith("s1=");
  }

  @Test
  void aContextMayHaveAnotherState() {
    TraceContext context = parse(PARENT, "a=1");
    assertThat(context.with(state("a=1").with("b", "2")).state()).isEqualTo("b=2,a=1");
    assertThat(context.with(TraceState.NONE).state()).isNull();
  }
}
