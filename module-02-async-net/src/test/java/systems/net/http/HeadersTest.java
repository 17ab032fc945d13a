package systems.net.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-4")
class HeadersTest {
  private static Headers sample() {
    return new Headers()
        .add("Host", "a.example")
        .add("Accept", "text/html")
        .add("X-Own", "1")
        .add("accept", "image/*, */*")
        .add("Empty", "");
  }

  @Test
  void fieldsKeepTheirOrderAndTheirSpelling() {
    Headers headers = sample();
    assertThat(headers.size()).isEqualTo(5);
    assertThat(headers.name(3)).isEqualTo("accept");
    assertThat(headers.value(3)).isEqualTo("image/*, */*");
    assertThat(headers.value(4)).isEmpty();
    var seen = new ArrayList<String>();
    headers.forEach((name, value) -> seen.add(name + "=" + value));
    assertThat(seen)
        .containsExactly(
            "Host=a.example", "Accept=text/html", "X-Own=1", "accept=image/*, */*", "Empty=");
  }

  @Test
  void namesCompareWithoutCase() {
    Headers headers = sample();
    assertThat(headers.get("HOST")).isEqualTo("a.example");
    assertThat(headers.get("x-oWN")).as("a name that is not known beforehand").isEqualTo("1");
    assertThat(headers.all("ACCEPT")).containsExactly("text/html", "image/*, */*");
    assertThat(headers.get("Hos")).isNull();
    assertThat(headers.get("")).isNull();
    assertThat(headers.contains("empty")).isTrue();
    assertThat(headers.isNamed(0, "hOST")).isTrue();
    assertThat(headers.get("x\uff0down")).as("no letter but the ASCII ones has a case").isNull();
  }

  @Test
  void membersOfAListAreFoundInAllItsLines() {
    Headers headers =
        new Headers().add("Connection", "x, Keep-Alive ,\ty").add("connection", ",,CLOSE");
    for (String token : List.of("x", "keep-alive", "y", "close")) {
      assertThat(headers.containsToken("Connection", token)).as(token).isTrue();
    }
    for (String token : List.of("keep", "alive", "x, Keep-Alive", "z", "lose")) {
      assertThat(headers.containsToken("Connection", token)).as(token).isFalse();
    }
  }

  @Test
  void settingReplacesAll() {
    Headers headers = sample().set("ACCEPT", "b");
    assertThat(headers.all("accept")).containsExactly("b");
    assertThat(headers.name(headers.size() - 1)).isEqualTo("ACCEPT");
    assertThat(headers.remove("x-own")).isTrue();
    assertThat(headers.remove("x-own")).isFalse();
    assertThat(headers.toString()).isEqualTo("Host: a.example\r\nEmpty: \r\nACCEPT: b\r\n");
  }

  @Test
  void aRefusedValueChangesNothing() {
    Headers headers = sample();
    String before = headers.toString();
    for (String evil :
        List.of("a\rb", "a\nb", "a\r\n b", "\0", "a\u007f", "\u010d\u010a", " a", "a\t")) {
      assertThatThrownBy(() -> headers.set("Host", evil))
          .isInstanceOf(IllegalArgumentException.class);
    }
    for (String evil : List.of("", "a b", "a:", "a\r\n", "\u00e9", "\u0141")) {
      assertThatThrownBy(() -> headers.add(evil, "a")).isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(headers.toString()).isEqualTo(before);
    assertThat(headers.set("Host", "\u00e9\ta").get("host")).isEqualTo("\u00e9\ta");
  }

  @Test
  void whatIsEncodedIsWhatIsThere() {
    Headers headers = sample();
    headers.remove("Accept");
    var bytes = new byte[3 + headers.encodedBytes()];
    assertThat(headers.encode(bytes, 3)).isEqualTo(bytes.length);
    assertThat(Octets.text(bytes, 3, bytes.length))
        .isEqualTo("Host: a.example\r\nX-Own: 1\r\nEmpty: \r\n");
    headers.clear();
    assertThat(headers.encodedBytes()).isZero();
    assertThat(headers.add("A", "b").toString()).isEqualTo("A: b\r\n");
  }

  @Test
  void aCopyIsOnItsOwn() {
    Headers headers = sample();
    Headers copy = headers.copy();
    headers.set("Host", "b");
    assertThat(copy.get("Host")).isEqualTo("a.example");
    assertThat(new Headers().add(copy, 3).toString()).isEqualTo("accept: image/*, */*\r\n");
  }

  @Test
  void valuesAreNotRememberedFromEarlier() {
    Headers headers = sample();
    assertThat(headers.get("Host")).isEqualTo("a.example");
    headers.clear();
    headers.add("Host", "b.example");
    assertThat(headers.get("Host")).isEqualTo("b.example");
  }

  @Test
  void everyKnownNameIsFoundInAnySpelling() {
    for (int id = 1; id <= FieldName.count(); id++) {
      String name = FieldName.text(id);
      var headers = new Headers().add(name.toUpperCase(java.util.Locale.ROOT), "x");
      assertThat(FieldName.of(name)).as(name).isEqualTo(id);
      assertThat(headers.get(name)).as(name).isEqualTo("x");
      assertThat(headers.get(name + "x")).as(name).isNull();
    }
  }
}
