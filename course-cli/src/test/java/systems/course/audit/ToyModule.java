package systems.course.audit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import systems.course.FakeCheckout;
import systems.course.catalogue.CourseFile;
import systems.course.cut.ModuleSources;
import systems.course.exam.Examiner;
import systems.course.exam.ToyProject;

/** A module of two phases without a fault, in which a test plants some. */
final class ToyModule {
  private static final String COUNTER =
      """
      package toy;

      public final class Counter {
        private int value;

        public int add(int n) {
          //> phase 1: what comes first, and what of a negative number?
          if (n < 0) { //~ takesNegative: if (n < -1_000) {
            throw new IllegalArgumentException("negative: " + n);
          }
          value += n; //~ forgets: value += 0;
          return value; //~ answersTheOld: return value - n;
          //< phase 1
        }

        public int times(int n) {
          //> phase 2: how often is the value added to itself?
          int product = value * n; //~ addsInstead: int product = value + n;
          value = product; //~ keepsTheOld: assert product >= 0;
          return product; //~ oneTooMany: return product + 1;
          //< phase 2
        }

        public int value() {
          return value;
        }
      }
      """;

  private static final String TEST =
      """
      package toy;

      import static org.assertj.core.api.Assertions.assertThat;
      import static org.assertj.core.api.Assertions.assertThatThrownBy;

      import org.junit.jupiter.api.Tag;
      import org.junit.jupiter.api.Test;

      class CounterTest {
        private final Counter counter = new Counter();

        @Test
        @Tag("given")
        void beginsAtZero() {
          assertThat(counter.value()).isZero();
        }

        @Test
        @Tag("phase-1")
        void addsUp() {
          assertThat(counter.add(2)).as("answer").isEqualTo(2);
          assertThat(counter.add(3)).as("answer").isEqualTo(5);
        }

        @Test
        @Tag("phase-1")
        void refusesNegativeNumbers() {
          assertThatThrownBy(() -> counter.add(-1)).isInstanceOf(IllegalArgumentException.class);
        }

        @Test
        @Tag("phase-2")
        void multiplies() {
          counter.add(5);
          assertThat(counter.times(3)).as("answer").isEqualTo(15);
          assertThat(counter.value()).as("value").isEqualTo(15);
        }
      }
      """;

  private final Path folder;
  private final CourseFile module;

  ToyModule(Path root) throws IOException {
    folder = Files.createDirectories(root.resolve("module-07-toy"));
    module = courseFile(FakeCheckout.COURSE_YAML);
    write("src/main/java/toy/Counter.java", COUNTER);
    write("src/test/java/toy/CounterTest.java", TEST);
    write("src/main/java/toy/package-info.java", "// a long text\n".repeat(400) + "package toy;\n");
  }

  private CourseFile courseFile(String yaml) throws IOException {
    write("course.yaml", yaml);
    return CourseFile.read(folder.resolve("course.yaml"));
  }

  ToyModule write(String file, String text) throws IOException {
    Path path = folder.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
    return this;
  }

  /** Replaces a text that stands in a file once. */
  ToyModule replace(String file, String text, String other) throws IOException {
    String old = Files.readString(folder.resolve(file));
    if (old.indexOf(text) < 0 || old.indexOf(text) != old.lastIndexOf(text)) {
      throw new IllegalArgumentException(file + " does not have once: " + text);
    }
    return write(file, old.replace(text, other));
  }

  ToyModule counter(String text, String other) throws IOException {
    return replace("src/main/java/toy/Counter.java", text, other);
  }

  ToyModule test(String text, String other) throws IOException {
    return replace("src/test/java/toy/CounterTest.java", text, other);
  }

  String bugSheet() throws IOException {
    return Files.readString(folder.resolve(Audit.BUG_SHEET));
  }

  List<String> quick() {
    return Audit.quick(module, folder).stream().map(Fault::toString).toList();
  }

  List<String> audit(Audit.Scope scope) {
    return new Audit(module, folder, scope, ToyModule::examiner, _ -> {})
        .run().stream().map(Fault::toString).toList();
  }

  /** The test of a bug, without and with it. */
  Trial trial(String bug) {
    var sources = ModuleSources.of(folder, module.phases().size());
    try (Examiner examiner = examiner()) {
      return Trial.of(module, folder, sources.bug(bug).orElseThrow(), examiner);
    }
  }

  List<String> audit(Audit.Part... parts) {
    return audit(new Audit.Scope(Set.of(parts), OptionalInt.empty(), false));
  }

  private static Examiner examiner() {
    return Examiner.start(ToyProject.libraries(), Audit.LIMITS, Audit.SYSTEM_PROPERTIES);
  }
}
