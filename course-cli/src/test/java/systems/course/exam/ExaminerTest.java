package systems.course.exam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.course.exam.Verdict.Outcome;

/** What tests say when they do not try to end the JVM; one warm room for all of them. */
class ExaminerTest {
  private static Examiner examiner;

  @TempDir Path folder;
  private ToyProject toy;

  @BeforeAll
  static void startRoom() {
    examiner = Examiner.start(ToyProject.libraries(), Limits.USUAL, Map.of("toy.given", "42"));
  }

  @AfterAll
  static void endRoom() {
    examiner.close();
  }

  @BeforeEach
  void makeProject() throws IOException {
    toy = new ToyProject(folder.toRealPath());
  }

  @Test
  void eachMethodGetsOneVerdictWithItsTags() throws IOException {
    toy.with(
        """
        @Tag("phase-1") class FactsTest {
          @Test void holds() {}
          @Test @Tag("slow") void doesNot() { throw new IllegalStateException("no such thing"); }
          @Test @Disabled("not today") void rests() {}
          @Test void needsMore() { assumeTrue(false, "needs a disk"); }
        }
        """);
    var verdicts = toy.examine(examiner);
    assertThat(verdicts).hasSize(4);
    assertThat(verdicts.get("holds").outcome()).isEqualTo(Outcome.PASSED);
    assertThat(verdicts.get("holds").name()).isEqualTo("toy.FactsTest#holds");
    assertThat(verdicts.get("holds").failure()).isNull();
    assertThat(verdicts.get("doesNot").tags()).containsExactlyInAnyOrder("phase-1", "slow");
    assertThat(verdicts.get("rests").outcome()).isEqualTo(Outcome.SKIPPED);
    assertThat(verdicts.get("rests").failure().message()).isEqualTo("not today");
    assertThat(verdicts.get("needsMore").outcome()).isEqualTo(Outcome.ABORTED);
    assertThat(verdicts.get("needsMore").failure().message()).contains("needs a disk");
  }

  @Test
  void failureComesWithTheFramesOfExaminedClassesOnly() throws IOException {
    toy.with(
        """
        class StoreTest {
          @Test void reads() { List.of(1).forEach(each -> new Store().read()); }
        }
        """,
        """
        class Store {
          void read() { throw new UnsupportedOperationException("phase 2: what is a record?"); }
        }
        """);
    var failure = toy.examine(examiner).get("reads").failure();
    assertThat(failure.type()).isEqualTo("java.lang.UnsupportedOperationException");
    assertThat(failure.message()).isEqualTo("phase 2: what is a record?");
    assertThat(failure.frames()).first().isEqualTo("toy.Store.read(Store.java:9)");
    assertThat(failure.frames()).last().isEqualTo("toy.StoreTest.reads(StoreTest.java:9)");
    assertThat(failure.frames()).allMatch(frame -> frame.startsWith("toy."));
  }

  @Test
  void expectedAndActualAreTakenFromAssertions() throws IOException {
    toy.with(
        """
        class SaysTest {
          @Test void equal() { assertThat("a\\nb").as("the name").isEqualTo("c"); }
          @Test void jupiter() { Assertions.assertEquals(1, 2); }
          @Test void contain() { assertThat("abc").contains("x"); }
          @Test void list() { assertThat(List.of("a", "b")).containsExactly("a", "c"); }
          @Test void empty() { assertThat(List.of("a")).isEmpty(); }
          @Test void other() {
            assertThatThrownBy(() -> { throw new Error(); }).isInstanceOf(Exception.class);
          }
          @Test void throwing() { assertThatThrownBy(() -> {}).hasMessage("x"); }
          @Test void all() { Assertions.assertAll(() -> assertThat(1).isEqualTo(2), () -> {}); }
        }
        """);
    var verdicts = toy.examine(examiner);
    assertThat(values(verdicts, "equal")).isEqualTo(entry("\"c\"", "\"a\nb\""));
    assertThat(verdicts.get("equal").failure().message()).contains("the name");
    assertThat(values(verdicts, "jupiter")).isEqualTo(entry("1", "2"));
    assertThat(values(verdicts, "contain")).isEqualTo(entry("to contain: \"x\"", "\"abc\""));
    assertThat(values(verdicts, "list")).isEqualTo(entry("[a, c]", "[a, b]"));
    assertThat(values(verdicts, "empty")).isEqualTo(entry("empty", "[\"a\"]"));
    assertThat(verdicts.get("other").failure().message())
        .contains("java.lang.Error", "\tat toy.SaysTest.lambda$other$");
    assertThat(verdicts.get("throwing").failure().message()).contains("Expecting code to raise");
    assertThat(values(verdicts, "all")).isEqualTo(entry("2", "1"));
  }

  private static Map.Entry<String, String> values(Map<String, Verdict> verdicts, String method) {
    var failure = verdicts.get(method).failure();
    return Map.entry(String.valueOf(failure.expected()), String.valueOf(failure.actual()));
  }

  @Test
  void invocationsOfAMethodRollUpAndTheFirstThatFailsIsNamed() throws IOException {
    toy.with(
        """
        class ManyTest {
          @ParameterizedTest @ValueSource(ints = {1, 2, 3})
          void small(int number) { assertThat(number).isLessThan(2); }
          @ParameterizedTest @ValueSource(ints = {1, 2})
          void fine(int number) {}
          @ParameterizedTest @ValueSource(ints = {1, 2})
          void partly(int number) { assumeTrue(number == 1); }
          @RepeatedTest(3) void repeated() {}
          @TestFactory List<DynamicTest> dynamic() {
            return List.of(
                DynamicTest.dynamicTest("one", () -> {}),
                DynamicTest.dynamicTest("two", () -> { throw new Error("two is bad"); }));
          }
          @Test void overloaded() {}
          @Test void overloaded(TestInfo info) {}
          @Test void halfBad() {}
          @Test void halfBad(TestInfo info) { throw new Error("this half"); }
          @Test void halfOff() {}
          @Test @Disabled void halfOff(TestInfo info) {}
        }
        """);
    var verdicts = toy.examine(examiner);
    assertThat(verdicts.keySet())
        .containsExactlyInAnyOrder(
            "small", "fine", "partly", "repeated", "dynamic", "overloaded", "halfBad", "halfOff");
    assertThat(verdicts.get("halfBad").failure().message()).isEqualTo("this half");
    assertThat(verdicts.get("halfOff").passed()).isTrue();
    assertThat(verdicts.get("small").outcome()).isEqualTo(Outcome.FAILED);
    assertThat(verdicts.get("small").failure().message()).startsWith("in [2] ");
    assertThat(verdicts.get("small").failure().expected()).isEqualTo("to be less than: 2");
    assertThat(verdicts.get("fine").passed()).isTrue();
    assertThat(verdicts.get("partly").passed()).isTrue();
    assertThat(verdicts.get("repeated").passed()).isTrue();
    assertThat(verdicts.get("dynamic").failure().message()).isEqualTo("in two: two is bad");
  }

  @Test
  void propertyTellsTheSmallestExampleThatFails() throws IOException {
    toy.with(
        """
        class SumProperties {
          @net.jqwik.api.Property @net.jqwik.api.Tag("phase-3")
          void small(@net.jqwik.api.ForAll int sum, @net.jqwik.api.ForAll String name) {
            assertThat(sum).isLessThan(1000);
          }
          @net.jqwik.api.Property void holds(@net.jqwik.api.ForAll int any) {}
        }
        """);
    var verdicts = toy.examine(examiner);
    assertThat(verdicts).hasSize(2);
    var small = verdicts.get("small");
    assertThat(small.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(small.tags()).contains("phase-3");
    assertThat(small.failure().message())
        .endsWith("smallest example that fails: sum: 1000, name: \"\"");
    assertThat(small.failure().expected()).isEqualTo("to be less than: 1000");
    assertThat(verdicts.get("holds").passed()).isTrue();
  }

  @Test
  void nestedClassesAreExamined() throws IOException {
    toy.with(
        """
        @Tag("phase-1") class OuterTest {
          @Nested @Tag("phase-2") class Inner {
            @Test void inside() { throw new Error(); }
          }
          @Test void outside() {}
        }
        """);
    var inside = toy.examine(examiner, Selection.tagged("phase-2")).get("inside");
    assertThat(inside.name()).isEqualTo("toy.OuterTest$Inner#inside");
    assertThat(inside.tags()).containsExactlyInAnyOrder("phase-1", "phase-2");
    assertThat(toy.examine(examiner, Selection.methods(inside.name()))).hasSize(1);
  }

  @Test
  void failedStaticInitialiserIsTheFailureOfEveryMethod() throws IOException {
    toy.with(
        """
        class BrokenTest {
          static { if (true) throw new IllegalStateException("no format"); }
          @Test void first() {}
          @Test void second() {}
        }
        """,
        """
        class UsesBrokenTest {
          @Test void one() { Codec.decode(); }
          @Test void two() { Codec.decode(); }
        }
        """,
        "class Codec { static int max = 1 / Integer.parseInt(\"0\"); static void decode() {} }");
    var verdicts = toy.examine(examiner);
    assertThat(verdicts).hasSize(4);
    assertThat(verdicts.get("first").failure().message()).isEqualTo("no format");
    assertThat(verdicts.get("second").failure().message()).isEqualTo("no format");
    assertThat(verdicts.get("one").failure().message()).isEqualTo("/ by zero");
    assertThat(verdicts.get("two").failure().message()).isEqualTo("/ by zero");
    assertThat(verdicts.get("two").failure().frames()).first().asString().contains("Codec.java:");
  }

  @Test
  void whatFailsAroundTheMethodsFailsThem() throws IOException {
    toy.with(
        """
        class BeforeTest {
          @BeforeAll static void open() { throw new Error("no disk"); }
          @Test void one() {}
          @Test void two() {}
        }
        """,
        """
        @Tag("phase-1") class AfterTest {
          @Test void three() {}
          @AfterAll static void close() { throw new Error("still open"); }
        }
        """);
    var verdicts = toy.examine(examiner);
    assertThat(verdicts.get("one").failure().message()).isEqualTo("no disk");
    assertThat(verdicts.get("two").failure().message()).isEqualTo("no disk");
    assertThat(verdicts.get("three").passed()).isTrue();
    assertThat(verdicts.get(Verdict.AFTER_ALL).outcome()).isEqualTo(Outcome.FAILED);
    assertThat(verdicts.get(Verdict.AFTER_ALL).tags()).containsExactly("phase-1");
  }

  @Test
  void deepRecursionIsAnOrdinaryFailure() throws IOException {
    toy.with(
        """
        class DeepTest {
          @Test void deep() { deep(1); }
          static int deep(int level) { return deep(level + 1) + 1; }
          @Test void next() {}
        }
        """);
    var verdicts = toy.examine(examiner);
    assertThat(verdicts.get("deep").outcome()).isEqualTo(Outcome.FAILED);
    assertThat(verdicts.get("deep").failure().type()).isEqualTo("java.lang.StackOverflowError");
    assertThat(verdicts.get("deep").failure().frames()).hasSize(40);
    assertThat(verdicts.get("next").passed()).isTrue();
  }

  @Test
  void whatATestPrintsIsKeptUpToABound() throws IOException {
    toy.with(
        """
        class LoudTest {
          @Test void flood() {
            for (int i = 0; i < 2_000_000; i++) System.out.println("line " + i);
          }
          @Test void whisper() { System.err.println("psst"); }
        }
        """);
    var verdicts = toy.examine(examiner);
    assertThat(verdicts.get("flood").passed()).isTrue();
    assertThat(verdicts.get("flood").output())
        .startsWith("line 0\nline 1\n")
        .endsWith(" bytes more\n")
        .hasSizeLessThan(BoundedOutput.KEPT_BYTES_MAX + 100);
    assertThat(verdicts.get("whisper").output()).isEqualTo("psst\n");
  }

  @Test
  void whatDoesNotCompileIsToldWithFileLineAndColumn() throws IOException {
    toy.with(
        "class Half {\n  int half() { return \"x\"; }\n  List<String> raw = new ArrayList();\n}");
    var compilation = examiner.compile(List.of(toy.sources), List.of(), toy.classes);
    assertThat(compilation.successful()).isFalse();
    var error = compilation.errors().getFirst();
    assertThat(error.file()).isEqualTo(toy.sources.resolve("toy/Half.java"));
    assertThat(error.line()).isEqualTo(9);
    assertThat(error.column()).isEqualTo(23);
    assertThat(error.sentence())
        .isEqualTo("incompatible types: java.lang.String cannot be converted to int");
  }

  @Test
  void warningIsToldAndDoesNotFail() throws IOException {
    toy.with("class Raw {\n  List<String> raw = new ArrayList();\n}");
    var compilation = examiner.compile(List.of(toy.sources), List.of(), toy.classes);
    assertThat(compilation.successful()).isTrue();
    assertThat(compilation.complaints()).hasSize(2).noneMatch(Compilation.Complaint::error);
    assertThat(toy.classes.resolve("toy/Raw.class")).exists();
  }

  @Test
  void examinedClassesAreLoadedAnewEachTime() throws IOException {
    toy.with(
        """
        class CountTest {
          static int count;
          @Test void first() { assertThat(++count).isEqualTo(1); }
        }
        """);
    assertThat(toy.examine(examiner).get("first").passed()).isTrue();
    assertThat(toy.examine(examiner).get("first").passed()).isTrue();
    long room = examiner.room().pid();
    toy.with("class CountTest {\n  @Test void first() { throw new Error(\"changed\"); }\n}");
    assertThat(toy.examine(examiner).get("first").failure().message()).isEqualTo("changed");
    assertThat(examiner.room().pid()).isEqualTo(room);
  }

  @Test
  void oldClassesAreGivenBack() throws IOException {
    toy.with(
        """
        class KeepsTest {
          static final byte[] KEPT = new byte[20 << 20];
          @Test void kept() { assertThat(KEPT).hasSize(20 << 20); }
          @ParameterizedTest @ValueSource(ints = 1) void parameter(int one) {}
        }
        """);
    toy.examine(examiner);
    long room = examiner.room().pid();
    for (int i = 0; i < 60; i++) { // 60 times 20 MB do not fit into the heap
      assertThat(toy.examine(examiner).values()).hasSize(2).allMatch(Verdict::passed);
    }
    assertThat(examiner.room().pid()).isEqualTo(room);
  }

  @Test
  void roomThatALibraryHasFilledIsReplacedBeforeATestSuffers() throws IOException {
    toy.with(
        """
        class KeepsProperties {
          static final byte[] KEPT = new byte[100 << 20];
          @net.jqwik.api.Property(tries = 5) void kept(@net.jqwik.api.ForAll byte any) {
            assertThat(KEPT[0]).isZero();
          }
        }
        """);
    for (int i = 0; i < 12; i++) { // jqwik's cache of types holds them; 12 times 100 MB do not fit
      assertThat(toy.examine(examiner).values()).singleElement().matches(Verdict::passed);
    }
    assertThat(examiner.lastReplacement()).isEqualTo("old classes pile up");
  }

  @Test
  void systemPropertiesAreGivenAndWhatTestsSetIsUndone() throws IOException {
    toy.with(
        """
        class SettingsTest {
          @Test void given() {
            assertThat(System.getProperty("toy.given")).isEqualTo("42");
            assertThat(System.getProperty("toy.set")).isNull();
            assertThat(System.getProperty("java.class.path")).contains("classes", "junit");
            System.setProperty("toy.set", "x");
            System.setProperty("toy.given", "x");
          }
        }
        """);
    assertThat(toy.examine(examiner).get("given").failure()).isNull();
    assertThat(toy.examine(examiner).get("given").failure()).isNull();
  }

  @Test
  void examinedClassesAreVisibleFromTheSystemClassLoader() throws IOException {
    toy.with(
        """
        class VisibleTest {
          @Test void visible() throws Exception {
            ClassLoader below = new ClassLoader(ClassLoader.getSystemClassLoader()) {};
            assertThat(below.loadClass("toy.VisibleTest")).isSameAs(VisibleTest.class);
          }
        }
        """);
    assertThat(toy.examine(examiner).get("visible").failure()).isNull();
    assertThat(toy.examine(examiner).get("visible").failure()).isNull();
  }

  @Test
  void resourcesAreFoundInTheGivenFolders() throws IOException {
    toy.with(
        """
        class ResourceTest {
          @Test void found() throws Exception {
            try (var in = getClass().getResourceAsStream("/hello.txt")) {
              assertThat(new String(in.readAllBytes())).isEqualTo("hello");
            }
          }
        }
        """);
    Path resources = Files.createDirectory(folder.resolve("resources"));
    Files.writeString(resources.resolve("hello.txt"), "hello");
    examiner.compile(List.of(toy.sources), List.of(), toy.classes);
    List<Verdict> verdicts = new ArrayList<>();
    var planned = new ArrayList<Integer>();
    var ending =
        examiner.examine(
            List.of(toy.classes, resources), Selection.all(), planned::add, verdicts::add);
    assertThat(ending).isEqualTo(Examiner.Ending.COMPLETE);
    assertThat(planned).containsExactly(1);
    assertThat(verdicts).singleElement().matches(Verdict::passed);
  }

  @Test
  void threadThatHeedsAnInterruptLeavesTheRoomFit() throws IOException {
    toy.with(
        """
        class ThreadTest {
          @Test void starts() {
            new Thread(() -> { try { Thread.sleep(1_000_000); } catch (InterruptedException e) { } })
                .start();
          }
        }
        """);
    toy.examine(examiner);
    long room = examiner.room().pid();
    assertThat(toy.examine(examiner).get("starts").passed()).isTrue();
    assertThat(examiner.room().pid()).isEqualTo(room);
  }
}
