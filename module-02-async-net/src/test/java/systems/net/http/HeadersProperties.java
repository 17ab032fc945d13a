package systems.net.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

@Tag("phase-4")
class HeadersProperties {
  private record Field(String name, String value) {}

  /** Names from 0 on, and what is done with them: add, set or remove. */
  @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
  void theyBehaveAsAList(@ForAll @Size(max = 30) List<@IntRange(max = 17) Integer> calls) {
    String[] names = {"Host", "x-a", "HOST", "Accept", "X-A", "b"};
    var headers = new Headers();
    var model = new ArrayList<Field>();
    int n = 0;
    for (int call : calls) {
      String name = names[call % names.length];
      String value = "v" + n++;
      if (call >= 6) {
        model.removeIf(field -> field.name().equalsIgnoreCase(name));
      }
      if (call < 12) {
        model.add(new Field(name, value));
      }
      switch (call / 6) {
        case 0 -> headers.add(name, value);
        case 1 -> headers.set(name, value);
        default -> headers.remove(name);
      }
      var expected = new StringBuilder();
      model.forEach(f -> expected.append(f.name()).append(": ").append(f.value()).append("\r\n"));
      assertThat(headers.toString()).isEqualTo(expected.toString());
    }
  }
}
