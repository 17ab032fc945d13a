package systems.course.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenTest {
  private static List<String> texts(String source) {
    return Token.of(source).stream().map(Token::text).toList();
  }

  @Test
  void tokensAreWhatJavaReads() {
    assertThat(texts("a[i]+=0x1.8p-3;//c\nList<List<X>>x=->\"a\\\"b\"/*y*/'\\''1e+9"))
        .containsExactly(
            "a",
            "[",
            "i",
            "]",
            "+=",
            "0x1.8p-3",
            ";",
            "//c",
            "List",
            "<",
            "List",
            "<",
            "X",
            ">",
            ">",
            "x",
            "=",
            "->",
            "\"a\\\"b\"",
            "/*y*/",
            "'\\''",
            "1e+9");
  }

  @Test
  void commentsInStringsAreNone() {
    assertThat(Token.codeOf("\"// no\" + '/' // yes")).hasSize(3);
  }

  @Test
  void textBlockLosesTheIndentationThatJavaTakesAway() {
    assertThat(texts("\"\"\"\n    a\n      b\n    \"\"\""))
        .isEqualTo(texts("\"\"\"\n  a\n    b\n  \"\"\""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"open", "/* open", "\"\"\"\nopen", "'", "\\", "#\u0000@", "\"a\\"})
  void brokenTextEndsSomewhere(String broken) {
    assertThat(Token.of(broken)).isNotEmpty();
  }
}
