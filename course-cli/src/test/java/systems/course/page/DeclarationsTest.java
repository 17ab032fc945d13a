package systems.course.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeclarationsTest {
  private static final String SOURCE =
      """
      package p;

      /** Not shown. */
      @Deprecated
      public final class Shelf<K> {
        /** Not shown. */
        static final int SIZE = 4_096; // bytes

        int a, b;

        Shelf() {}

        Shelf(@Nullable byte[] start) {
          this();
        }

        /** Not shown. */
        @Override
        public String toString() {
          return \"""
              text
          deep\""";
        }

        void put(K key, java.util.Map<String, List<K>> map, int... rest) {}

        void put(K key) {}

        enum Kind {
          LOW,
          HIGH(3) {
            int x() { return 1; }
          };
          Kind(int... n) {}
        }

        record Pair(int left, int right) {
          static final Pair ZERO = new Pair(0, 0);

          Pair {
            assert left <= right;
          }

          int left() {
            return left;
          }
        }

        interface Cursor {
          boolean next();
        }

        static class Twin {
          static class Cursor {}
          static class Only {
            void seek() {}
          }
        }
      }
      """;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Shelf#SIZE             | static final int SIZE = 4_096; // bytes",
        "Shelf#Shelf()          | Shelf() {}",
        "Shelf#put(K)           | void put(K key) {}",
        "Shelf#put(K,Map,int[]) | void put(K key, java.util.Map<String, List<K>> map, int... rest) {}",
        "Shelf#put(K, Map, int...) | void put(K key, java.util.Map<String, List<K>> map, int... rest) {}",
        "Shelf.Kind#LOW         | LOW",
        "Shelf.Kind#Kind        | Kind(int... n) {}",
        "Shelf.Pair#ZERO        | static final Pair ZERO = new Pair(0, 0);",
        "Pair#ZERO              | static final Pair ZERO = new Pair(0, 0);",
        "Shelf.Twin.Cursor      | static class Cursor {}",
        "Only#seek              | void seek() {}",
        "Twin.Only#seek         | void seek() {}",
      })
  void symbolIsOneDeclaration(String symbol, String text) throws Exception {
    assertThat(lines(symbol)).isEqualTo(text);
  }

  @Test
  void declarationComesToTheMarginWithoutItsJavadoc() throws Exception {
    assertThat(lines("Shelf#toString"))
        .isEqualTo(
            """
            @Override
            public String toString() {
              return \"""
                  text
              deep\""";
            }\
            """);
    assertThat(lines("Shelf")).startsWith("@Deprecated\npublic final class Shelf<K> {\n  /** Not");
    assertThat(lines("Shelf#Shelf(byte[])"))
        .startsWith("Shelf(@Nullable byte[] start) {\n  this()");
    assertThat(lines("Kind#HIGH")).startsWith("HIGH(3) {\n  int x()").endsWith("}");
  }

  @Test
  void recordHasItsCompactConstructorAndItsAccessors() throws Exception {
    assertThat(lines("Pair#Pair")).startsWith("Pair {\n  assert left");
    assertThat(lines("Pair#left")).startsWith("int left() {");
  }

  @Test
  void ambiguousSymbolIsRefusedWithTheCandidates() {
    assertThatThrownBy(() -> lines("Shelf#put"))
        .extracting("sentence")
        .isEqualTo("Shelf#put may be any of: Shelf#put(K,Map,int[]); Shelf#put(K)");
    assertThatThrownBy(() -> lines("Cursor"))
        .extracting("sentence")
        .isEqualTo("Cursor may be any of: Shelf.Cursor; Shelf.Twin.Cursor");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Shelf#seek       | there is no Shelf#seek in it; there are: Shelf.Twin.Only#seek()",
        "Shelf#put(String)| there are: Shelf#put(K,Map,int[]); Shelf#put(K)",
        "Shelf.Kind#MID   | there are: Shelf.Kind#LOW; Shelf.Kind#HIGH; Shelf.Kind#Kind(int[])",
        "Box              | there are: Shelf; Shelf.Kind; Shelf.Pair; Shelf.Cursor; Shelf.Twin",
      })
  void missingSymbolIsRefusedWithWhatThereIs(String symbol, String sentence) {
    assertThatThrownBy(() -> lines(symbol)).extracting("sentence").asString().contains(sentence);
  }

  @Test
  void sourceThatDoesNotParseIsRefused() {
    assertThatThrownBy(() -> Declarations.of("A.java", "class A { void x( }"))
        .extracting("sentence")
        .asString()
        .contains("does not parse");
  }

  private static String lines(String symbol) throws Exception {
    return String.join("\n", Declarations.of("Shelf.java", SOURCE).lines(symbol));
  }
}
