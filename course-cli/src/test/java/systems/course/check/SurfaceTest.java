package systems.course.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SurfaceTest {
  private static final String BEFORE =
      "class A { static final int MAX = 1; private int p; int f(String s) { return 1; } }";

  @TempDir Path folder;

  private Surface surface(String text) throws IOException {
    Path source = Files.writeString(folder.resolve("A.java"), text);
    var compiler = ToolProvider.getSystemJavaCompiler();
    assertThat(compiler.run(null, null, null, "-d", folder.toString(), source.toString())).isZero();
    return Surface.of(folder.resolve("A.class"));
  }

  @Test
  void bodiesAndPrivateMembersAreNotSeenByOthers() throws IOException {
    assertThat(
            surface(
                "class A { static final int MAX = 1; private long q; private void g() {}"
                    + " int f(String s) { Runnable r = () -> g(); r.run(); return 2; } }"))
        .isEqualTo(surface(BEFORE));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "class A { static final int MAX = 2; private int p; int f(String s) { return 1; } }",
        "class A { static final int MAX = 1; private int p; long f(String s) { return 1; } }",
        "class A { static final int MAX = 1; int p; int f(String s) { return 1; } }",
        "class A { static final int MAX = 1; int f(String s) throws Exception { return 1; } }",
        "final class A { static final int MAX = 1; int f(String s) { return 1; } }",
        "class A implements Runnable { static final int MAX = 1; int f(String s) { return 1; }"
            + " public void run() {} }",
        "class A<T> { static final int MAX = 1; int f(String s) { return 1; } }",
      })
  void whatOthersCanSeeDiffers(String text) throws IOException {
    assertThat(surface(text)).isNotEqualTo(surface(BEFORE));
  }
}
