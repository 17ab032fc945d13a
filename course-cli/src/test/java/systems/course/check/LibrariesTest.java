package systems.course.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.course.catalogue.CourseException;

/** The pom is one that Maven refuses at once: whoever asks it hears so. */
class LibrariesTest {
  @TempDir Path folder;
  private Path kept;
  private Path jar;
  private final List<String> said = new ArrayList<>();

  @BeforeEach
  void rememberOneJar() throws Exception {
    Path pom = Files.writeString(folder.resolve("pom.xml"), "<project/>");
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(pom));
    jar = Files.createFile(folder.resolve("a.jar"));
    kept = folder.resolve("classpath");
    Files.write(kept, List.of(HexFormat.of().formatHex(digest), jar.toString()));
  }

  @Test
  void mavenIsNotAskedWhileThePomIsTheSame() {
    assertThat(Libraries.of(folder, kept, said::add)).containsExactly(jar);
    assertThat(said).isEmpty();
  }

  @Test
  void anotherPomAsksMavenWhoseAnswerIsASentence() throws IOException {
    Files.writeString(folder.resolve("pom.xml"), "<project></project>");
    assertThatThrownBy(() -> Libraries.of(folder, kept, said::add))
        .isInstanceOf(CourseException.class)
        .hasMessageStartingWith("Maven ");
    assertThat(said).hasSize(1);
  }

  @Test
  void jarThatIsGoneAsksMaven() throws IOException {
    Files.delete(jar);
    assertThatThrownBy(() -> Libraries.of(folder, kept, said::add))
        .hasMessageStartingWith("Maven ");
  }

  @Test
  void folderWithoutAPomIsASentence() throws IOException {
    Files.delete(folder.resolve("pom.xml"));
    assertThatThrownBy(() -> Libraries.of(folder, kept, said::add))
        .isInstanceOf(CourseException.class)
        .hasMessageContaining("which names the libraries");
  }
}
