package systems.core.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("given")
class CsvFormatTest {
  @Test
  void whatCannotBeADelimiterIsRefused() {
    for (char bad : new char[] {'"', '\n', '\r', 'é'}) {
      assertThatThrownBy(() -> CsvFormat.DEFAULTS.withDelimiter(bad))
          .as("%d", (int) bad)
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(CsvFormat.DEFAULTS.withDelimiter('\t').delimiter()).isEqualTo('\t');
  }

  @Test
  void aNullTextNeedsNoQuotes() {
    assertThatThrownBy(() -> CsvFormat.DEFAULTS.withNullText("a\"")).hasMessageContaining("quotes");
    assertThatThrownBy(() -> CsvFormat.DEFAULTS.withDelimiter(';').withNullText(";"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(CsvFormat.DEFAULTS.withNullText("\\N").nullText()).isEqualTo("\\N");
  }

  @Test
  void limitsHaveLimits() {
    assertThatThrownBy(() -> CsvFormat.DEFAULTS.withSampleRows(0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> CsvFormat.DEFAULTS.withFieldBytesMax(Integer.MAX_VALUE))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
