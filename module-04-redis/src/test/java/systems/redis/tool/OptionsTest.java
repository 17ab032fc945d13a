package systems.redis.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is said on the command line, as lines of redis.conf. */
@Tag("given")
final class OptionsTest {
  private static List<String> lines(String... args) {
    return Main.options(args, 0);
  }

  @Test
  void aNameTakesTheWordsUpToTheNextOne() {
    assertThat(lines("--port", "7000", "--bind", "127.0.0.1", "::1"))
        .containsExactly("port \"7000\"", "bind \"127.0.0.1\" \"::1\"");
  }

  @Test
  void theWordBehindANameIsItsValueWhateverItLooksLike() {
    assertThat(lines("--logfile", "--my--file", "--port", "1"))
        .containsExactly("logfile \"--my--file\"", "port \"1\"");
    assertThat(lines("--port")).containsExactly("port");
  }

  @Test
  void oneWordMayBeAWholeLine() {
    assertThat(lines("--maxmemory 700mb", "--maxmemory-policy 'volatile-lru'"))
        .containsExactly("maxmemory 700mb", "maxmemory-policy 'volatile-lru'");
  }

  @Test
  void saveWithoutPointsSavesNothing() {
    assertThat(lines("--save", "--port", "1")).containsExactly("save \"\"", "port \"1\"");
    assertThat(lines("--save")).containsExactly("save \"\"");
    assertThat(lines("--save", "")).containsExactly("save \"\"");
    assertThat(lines("--proc-title-template", "--save"))
        .containsExactly("proc-title-template \"--save\"");
  }

  @Test
  void whatIsInAWordStaysInIt() {
    assertThat(lines("--requirepass", "a b\"c\n")).containsExactly("requirepass \"a b\\\"c\\n\"");
  }
}
