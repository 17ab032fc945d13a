package systems.course.compare;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class TokenProperties {
  @Property
  void tokensFollowEachOtherAndOnlyBlanksLieBetween(@ForAll String source) {
    int at = 0;
    for (Token token : Token.of(source)) {
      assertThat(source.substring(at, token.start()).chars()).allMatch(Character::isWhitespace);
      at = token.end();
    }
    assertThat(source.substring(at).chars()).allMatch(Character::isWhitespace);
  }
}
