package systems.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildJvmTest {
  private static final List<String> FLAGS =
      List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx64m");

  @TempDir Path folder;

  /** What the tests start. */
  static final class Child {
    public static void main(String[] arguments) throws IOException {
      System.out.println("some chatter");
      System.out.println(ChildJvm.RESULT + "{\"answer\": 42}");
      switch (arguments[0]) {
        case "fail" -> throw new IOException("the reason");
        case "wait" -> {
          System.out.println(ChildJvm.READY);
          while (System.in.read() >= 0) {}
        }
        default -> System.out.println(ChildJvm.RESULT + "{\"answer\": 43}");
      }
    }
  }

  private List<Map<String, Object>> run(String how) throws IOException {
    return ChildJvm.run(folder.resolve("log"), FLAGS, Child.class, List.of(how));
  }

  @Test
  void measurementsArriveInOrderAndChatterGoesToTheLog() throws IOException {
    assertThat(run("end")).containsExactly(Map.of("answer", 42.0), Map.of("answer", 43.0));
    assertThat(folder.resolve("log")).content().contains("some chatter");
  }

  @Test
  void aChildThatFailsSaysWhy() {
    assertThatThrownBy(() -> run("fail"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the reason");
  }

  @Test
  void aChildThatIsReadyIsKilledAndWhatItSaidBeforeCounts() throws IOException {
    assertThat(run("wait")).containsExactly(Map.of("answer", 42.0));
  }
}
