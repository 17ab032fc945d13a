package systems.course.cut;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.course.catalogue.CourseException;

class ModuleSourcesTest {
  private static final byte[] NOT_TEXT = {(byte) 0xff, 0, '/', '/', '>', (byte) 0xfe};

  @TempDir Path root;
  private Path module;
  private Path target;

  @BeforeEach
  void writeModule() throws IOException {
    module = root.resolve("module-07-toy");
    target = root.resolve("target");
    write("src/main/java/toy/Toy.java", "//> phase 1: what?\nint a; //~ b: int b;\n//< phase 1\n");
    write("src/main/java/toy/Late.java", "int c; //~ phase 2 d: int d;\n");
    write("src/test/java/toy/ToyTest.java", "class ToyTest {}\n");
    write("src/test/resources/toy/said.txt", "//> not a marker\n");
    Files.createDirectories(module.resolve("src/main/resources"));
    Files.write(module.resolve("src/main/resources/key.bin"), NOT_TEXT);
  }

  private void write(String name, String text) throws IOException {
    Path file = module.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void starterHasAllFilesAndOnlyMainIsCut() throws IOException {
    ModuleSources.of(module, 2).writeStarter(1, target);
    assertThat(target.resolve("src/main/java/toy/Toy.java"))
        .hasContent(
            "// TODO phase 1: what?\nthrow new UnsupportedOperationException(\"phase 1: what?\");");
    assertThat(target.resolve("src/main/java/toy/Late.java")).hasContent("int c;");
    assertThat(target.resolve("src/test/java/toy/ToyTest.java")).hasContent("class ToyTest {}");
    assertThat(target.resolve("src/test/resources/toy/said.txt")).hasContent("//> not a marker");
    assertThat(Files.readAllBytes(target.resolve("src/main/resources/key.bin")))
        .isEqualTo(NOT_TEXT);
  }

  @Test
  void bugIsInItsFileAndTheOthersAreAsPublished() {
    ModuleSources.of(module, 2).writeBug("d", target);
    assertThat(target.resolve("src/main/java/toy/Toy.java")).hasContent("int a;");
    assertThat(target.resolve("src/main/java/toy/Late.java")).hasContent("int d;");
  }

  @Test
  void bugsAreKnownByPhaseAndByName() {
    ModuleSources sources = ModuleSources.of(module, 2);
    assertThat(sources.bugs()).extracting(Bug::name).containsExactly("b", "d");
    assertThat(sources.bug("d").orElseThrow().file())
        .isEqualTo(Path.of("module-07-toy/src/main/java/toy/Late.java"));
    assertThat(sources.bug("e")).isEmpty();
  }

  @Test
  void markersNameOnlyPhasesThatTheModuleHas() {
    assertMalformed(1, "module-07-toy/src/main/java/toy/Late.java:1: course.yaml has no phase 2");
  }

  @Test
  void bugNamesAreUniqueInTheModule() throws IOException {
    write("src/main/java/toy/Zoo.java", "\nint e; //~ phase 2 d: int f;\n");
    assertMalformed(
        2,
        "module-07-toy/src/main/java/toy/Zoo.java:2: a bug named d stands in"
            + " module-07-toy/src/main/java/toy/Late.java:1 already");
  }

  @Test
  void testsCarryNoMarkers() throws IOException {
    write("src/test/java/toy/ToyTest.java", "\n//> phase 1 only\n//< phase 1\n");
    assertMalformed(2, "module-07-toy/src/test/java/toy/ToyTest.java:2: tests carry no markers");
  }

  private void assertMalformed(int phases, String message) {
    assertThatThrownBy(() -> ModuleSources.of(module, phases))
        .isInstanceOf(CourseException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void moduleWithoutSourcesHasNothing() {
    ModuleSources sources = ModuleSources.of(root.resolve("nowhere"), 3);
    assertThat(sources.main()).isEqualTo(List.of());
    assertThat(sources.bugs()).isEmpty();
  }
}
