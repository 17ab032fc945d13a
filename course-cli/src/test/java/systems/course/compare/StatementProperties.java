package systems.course.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Chars;

class StatementProperties {
  @Property(tries = 1000)
  void noCodeIsLostWhereverAMemberIsCut(
      @ForAll @Chars({'\n', ' ', '{', '}', '(', ')', ';', ',', '=', '/', '*', '\'', 'a', '1'})
          String source) {
    assertThat(texts(Statement.of(source).stream().flatMap(s -> s.code().stream())))
        .isEqualTo(texts(Token.codeOf(source).stream()));
  }

  /** An unclosed character reaches to the end of its line, which is trimmed. */
  private static List<String> texts(Stream<Token> tokens) {
    return tokens.map(token -> token.text().strip()).toList();
  }
}
