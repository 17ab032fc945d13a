package systems.course.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProgramTest {
  private static Program program(String... texts) {
    List<SourceText> files = new ArrayList<>();
    for (String text : texts) {
      files.add(new SourceText("F" + files.size() + ".java", text));
    }
    return Program.of(files);
  }

  private static List<String> titles(Program program) {
    return program.members().stream().map(Member::title).toList();
  }

  private static Member only(String text) {
    return program("public class A {\n" + text + "\n}").types().getFirst().members().getFirst();
  }

  @Test
  void nestedTypesStandForThemselvesAndRecordsHaveTheirComponentsInTheHeader() {
    Program program =
        program("package p; class A { record B(int x) { B { x++; } } enum C { D, E; int f; } }");
    assertThat(titles(program))
        .containsExactly("A", "A.B", "A.B#B(int)", "A.C", "A.C#D", "A.C#E", "A.C#f");
    assertThat(program.type("p.A.B").orElseThrow().header().text()).isEqualTo("record B(int x)");
  }

  @Test
  void fieldsDeclaredTogetherAreEachAsIfAlone() {
    assertThat(program("class A { final int a = 1, b = 2; }").members())
        .extracting(Member::codeText)
        .contains("final int a = 1 ;", "final int b = 2 ;");
  }

  @Test
  void onlyWhatOthersSeeIsPublicInterface() {
    Program program =
        program(
            "public interface A { void f(); private void g() {} }",
            "class B { public void f() {} }",
            "public class C { @Deprecated public final int f(int[] a) throws X { } int g; }");
    assertThat(program.members().stream().map(Member::api).filter(api -> !api.isEmpty()))
        .containsExactly(
            "public interface A",
            "void f()",
            "public class C",
            "public final int f(int[]) throws X");
  }

  @Test
  void branchesAreDecisions() {
    assertThat(only("void f() { if (a && b || c) { } for (;;) { } }").branches()).isEqualTo(4);
    assertThat(only("int f() { return switch (a) { case 1 -> 1; default -> 2; }; }").branches())
        .isEqualTo(1);
    assertThat(only("void f() { try { } catch (E e) { } while (x) { x = y ? 1 : 2; } }").branches())
        .isEqualTo(3);
  }

  @Test
  void linesAreThoseWithCode() {
    assertThat(
            only("/** No. */\n"
                    + "void f() {\n\n"
                    + "  // no\n"
                    + "  g(); h();\n"
                    + "  String s = \"\"\"\n"
                    + "  x\n"
                    + "  \"\"\";\n"
                    + "}")
                .lines())
        .isEqualTo(6);
  }

  @Test
  void membersAroundABrokenOneAreRead() {
    Program program = program("class A { int a() { return 1; } int b( { } int c() { return 3; } }");
    assertThat(titles(program)).contains("A#a()", "A#c()");
    assertThat(program.complaints()).singleElement().asString().startsWith("F0.java:1 does not");
  }

  @Test
  void fileNestedTooDeeplyIsLeftOutAlone() {
    int deep = 30_000;
    Program program =
        program("class A { int a = " + "(".repeat(deep) + ")".repeat(deep) + "; }", "class B { }");
    assertThat(titles(program)).contains("B");
    assertThat(program.complaints())
        .anyMatch(sentence -> sentence.startsWith("F0.java is nested too deeply"));
  }

  @Test
  void fileThatIsTooLargeOrNoTextIsLeftOut(@TempDir Path folder) throws Exception {
    Files.writeString(folder.resolve("Large.java"), " ".repeat((1 << 20) + 1));
    Files.write(folder.resolve("Bytes.java"), new byte[] {(byte) 0xc0, (byte) 0x80});
    Files.writeString(folder.resolve("Fine.java"), "class Fine {\r\n}");
    List<String> complaints = new ArrayList<>();
    assertThat(SourceText.below(folder, complaints))
        .containsExactly(new SourceText("Fine.java", "class Fine {\n}"));
    assertThat(complaints)
        .containsExactly(
            "Bytes.java is not UTF-8 text and is left out",
            "Large.java is larger than 1 MiB and is left out");
  }
}
