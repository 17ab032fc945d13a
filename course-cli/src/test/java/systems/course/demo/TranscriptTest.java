package systems.course.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TranscriptTest {
  @Test
  void blanksAtTheEndOfLinesAndEmptyLinesAtTheEndDoNotCount() {
    assertThat(new Transcript(List.of("a ", "b", "")).compare(List.of("a", "b  "))).isEmpty();
  }

  @Test
  void blanksAtTheStartOfLinesCount() {
    assertThat(new Transcript(List.of("a")).compare(List.of(" a"))).isPresent();
  }

  @Test
  void nothingExpectedMeansThatNothingIsPrinted() {
    assertThat(new Transcript(List.of()).compare(List.of("a")))
        .contains(new Transcript.Mismatch(0, 0));
  }

  @Test
  void mismatchIsTheFirstLineThatDiffers() {
    assertThat(new Transcript(List.of("a", "b", "c")).compare(List.of("a", "x", "c")))
        .contains(new Transcript.Mismatch(1, 1));
  }

  @Test
  void mismatchAfterAGapIsWhereTheMostLinesAgreed() {
    var expected = new Transcript(List.of("...", "a", "b", "c", "..."));
    assertThat(expected.compare(List.of("a", "x", "a", "b", "y", "a")))
        .contains(new Transcript.Mismatch(3, 4));
  }

  @Test
  void missingLinesAreFoundAtTheEndOfTheOutput() {
    assertThat(new Transcript(List.of("a", "b")).compare(List.of("a")))
        .contains(new Transcript.Mismatch(1, 1));
  }
}
