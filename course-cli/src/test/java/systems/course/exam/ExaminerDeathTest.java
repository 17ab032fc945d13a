package systems.course.exam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.course.catalogue.CourseException;
import systems.course.exam.Verdict.Outcome;

/** Tests that end, hang or fill the JVM: each gets its verdict, and the next one runs. */
class ExaminerDeathTest {
  private static final Limits PATIENT =
      new Limits(128, Duration.ofSeconds(60), Duration.ofMinutes(5), 10);
  private static final Limits HASTY =
      new Limits(128, Duration.ofSeconds(5), Duration.ofMinutes(5), 3);

  @TempDir Path folder;

  private Map<String, Verdict> examine(Limits limits, String... types) throws IOException {
    var toy = new ToyProject(folder.toRealPath()).with(types);
    try (var examiner = Examiner.start(ToyProject.libraries(), limits, Map.of())) {
      return toy.examine(examiner);
    }
  }

  @Test
  void exitAndHaltAreVerdictsAndTheNextTestRuns() throws IOException {
    var verdicts =
        examine(
            PATIENT,
            """
            @TestMethodOrder(MethodOrderer.MethodName.class) class EndsTest {
              @Test void a() {}
              @Test void b() { System.out.print("bye"); Code.leave(); }
              @Test void c() { Runtime.getRuntime().halt(9); }
              @Test void d() {}
            }
            """,
            "class Code {\n  static void leave() { System.exit(3); }\n}");
    assertThat(verdicts.keySet()).containsExactly("a", "b", "c", "d");
    assertThat(verdicts.get("a").passed()).isTrue();
    assertThat(verdicts.get("d").passed()).isTrue();
    var exit = verdicts.get("b");
    assertThat(exit.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(exit.failure().type()).isEqualTo("java.lang.System.exit");
    assertThat(exit.failure().message()).isEqualTo("the JVM ended with exit code 3");
    assertThat(exit.failure().frames().getFirst()).isEqualTo("toy.Code.leave(Code.java:9)");
    assertThat(exit.output()).isEqualTo("bye");
    var halt = verdicts.get("c");
    assertThat(halt.outcome()).isEqualTo(Outcome.EXITED);
    assertThat(halt.failure().message()).isEqualTo("the JVM ended with exit code 9");
  }

  @Test
  void endlessLoopTimesOutWithThePlaceWhereItLoops() throws IOException {
    var verdicts =
        examine(
            HASTY,
            """
            @TestMethodOrder(MethodOrderer.MethodName.class) class LoopTest {
              @Test void a() { Code.spin(); }
              @Test void b() {}
            }
            """,
            "class Code {\n  static void spin() { while (true) Thread.onSpinWait(); }\n}");
    var loop = verdicts.get("a");
    assertThat(loop.outcome()).isEqualTo(Outcome.TIMED_OUT);
    assertThat(loop.failure().message()).isEqualTo("still running after 5 s");
    assertThat(loop.failure().frames().getFirst()).isEqualTo("toy.Code.spin(Code.java:9)");
    assertThat(verdicts.get("b").passed()).isTrue();
  }

  @Test
  void memoryThatRunsOutIsAVerdictWithThePlaceThatAsked() throws IOException {
    var verdicts =
        examine(
            PATIENT,
            """
            @TestMethodOrder(MethodOrderer.MethodName.class) class GreedyTest {
              @Test void a() { Code.allocate(); }
              @Test void b() {
                List<byte[]> all = new ArrayList<>();
                while (true) all.add(new byte[1 << 16]);
              }
              @Test void c() { java.nio.ByteBuffer.allocateDirect(1 << 30); }
              @Test void d() {}
            }
            """,
            """
            class Code {
              static long[] allocate() { return new long[1 << 29]; } // 4 GB
            }
            """);
    assertThat(verdicts.keySet()).containsExactly("a", "b", "c", "d");
    for (String method : List.of("a", "b", "c")) {
      assertThat(verdicts.get(method).outcome()).as(method).isEqualTo(Outcome.OUT_OF_MEMORY);
      assertThat(verdicts.get(method).failure().type()).isEqualTo("java.lang.OutOfMemoryError");
    }
    assertThat(verdicts.get("a").failure().frames().getFirst()).contains("Code.java:9");
    assertThat(verdicts.get("d").passed()).isTrue();
  }

  @Test
  void classThatEndsTheJvmBeforeItsMethodsCostsThemAll() throws IOException {
    var verdicts =
        examine(
            PATIENT,
            """
            class AheadTest {
              @BeforeAll static void leave() { System.exit(0); }
              @Test void one() {}
              @Nested class Inner { @Test void two() {} }
            }
            """,
            "class BehindTest { @Test void three() {} }");
    assertThat(verdicts.get("one").outcome()).isEqualTo(Outcome.EXITED);
    assertThat(verdicts.get("two").outcome()).isEqualTo(Outcome.EXITED);
    assertThat(verdicts.get("three").passed()).isTrue();
  }

  @Test
  void threadThatCannotBeStoppedCostsTheRoomAndNoTest() throws IOException {
    var toy =
        new ToyProject(folder.toRealPath())
            .with(
                """
                class SpinnerTest {
                  @Test void starts() {
                    var thread = new Thread(() -> { while (true) Thread.onSpinWait(); });
                    thread.setDaemon(true);
                    thread.start();
                  }
                }
                """);
    try (var examiner = Examiner.start(ToyProject.libraries(), PATIENT, Map.of())) {
      long room = examiner.room().pid();
      assertThat(toy.examine(examiner).get("starts").passed()).isTrue();
      assertThat(examiner.room().pid()).isNotEqualTo(room);
      assertThat(toy.examine(examiner).get("starts").passed()).isTrue();
      assertThat(ProcessHandle.of(room)).isEmpty();
    }
  }

  @Test
  void examinationEndsWhenTooManyTestsEndTheJvm() throws IOException {
    var toy =
        new ToyProject(folder.toRealPath())
            .with(
                """
                class ExitsTest {
                  @Test void a() { System.exit(1); }
                  @Test void b() { System.exit(1); }
                  @Test void c() { System.exit(1); }
                  @Test void d() { System.exit(1); }
                }
                """);
    List<Verdict> verdicts = new ArrayList<>();
    try (var examiner = Examiner.start(ToyProject.libraries(), HASTY, Map.of())) {
      examiner.compile(List.of(toy.sources), List.of(), toy.classes);
      assertThat(examiner.examine(List.of(toy.classes), Selection.all(), verdicts::add))
          .isEqualTo(Examiner.Ending.TOO_MANY_DEATHS);
    }
    assertThat(verdicts).hasSize(3);
  }

  @Test
  void examinationEndsWhenItsTimeIsUp() throws IOException {
    var toy =
        new ToyProject(folder.toRealPath())
            .with(
                "class SlowTest { @Test void slow() throws Exception { Thread.sleep(60_000); } }");
    var limits = new Limits(128, Duration.ofSeconds(60), Duration.ofSeconds(8), 3);
    List<Verdict> verdicts = new ArrayList<>();
    try (var examiner = Examiner.start(ToyProject.libraries(), limits, Map.of())) {
      examiner.compile(List.of(toy.sources), List.of(), toy.classes);
      assertThat(examiner.examine(List.of(toy.classes), Selection.all(), verdicts::add))
          .isEqualTo(Examiner.Ending.TIME_UP);
    }
    assertThat(verdicts).extracting(Verdict::outcome).containsOnly(Outcome.TIMED_OUT);
  }

  @Test
  void jvmThatCannotStartIsASentence() {
    var impossible = new Limits(Integer.MAX_VALUE, Duration.ofSeconds(1), Duration.ofSeconds(9), 1);
    try (var examiner = Examiner.start(List.of(), impossible, Map.of())) {
      assertThatThrownBy(() -> examiner.compile(List.of(folder), List.of(), folder))
          .isInstanceOf(CourseException.class)
          .hasMessageStartingWith("the JVM for tests did not start: ");
    }
  }

  @Test
  void closedExaminerLeavesNoProcessAndNoFile() throws IOException {
    Path temporary;
    long room;
    try (var examiner = Examiner.start(ToyProject.libraries(), PATIENT, Map.of())) {
      room = examiner.room().pid();
      temporary = examiner.temporaryFolder();
      new ToyProject(folder.toRealPath())
          .with(
              "class LeavesTest { @Test void file() throws Exception {"
                  + " java.nio.file.Files.createTempFile(\"a\", \"b\"); } }")
          .examine(examiner);
      assertThat(temporary).exists();
    }
    assertThat(ProcessHandle.of(room)).isEmpty();
    assertThat(temporary).doesNotExist();
  }
}
