package systems.core.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("phase-3")
class FrequencySketchTest {

  @Test
  void anEstimateIsNeverTooSmall() {
    var sketch = new FrequencySketch(1000);
    var random = new Random(1);
    int[] uses = new int[1000];
    for (int i = 0; i < 5000; i++) {
      int key = random.nextInt(1000);
      sketch.count(Policy.hash(key));
      uses[key]++;
    }
    for (int key = 0; key < 1000; key++) {
      assertThat(sketch.frequency(Policy.hash(key)))
          .as("uses of %d", key)
          .isGreaterThanOrEqualTo(Math.min(uses[key], FrequencySketch.FREQUENCY_MAX));
    }
  }

  @Test
  void anEstimateIsSeldomTooLarge() {
    var sketch = new FrequencySketch(1000);
    for (int key = 0; key < 1000; key++) {
      sketch.count(Policy.hash(key));
    }
    int wrong = 0;
    for (int key = 1000; key < 11_000; key++) {
      wrong += sketch.frequency(Policy.hash(key)) > 0 ? 1 : 0;
    }
    assertThat(wrong).as("of 10,000 keys that were never used").isLessThan(1000);
  }

  @Test
  void aCounterStopsAtItsLargestAndHarmsNoNeighbour() {
    var sketch = new FrequencySketch(8);
    int hash = Policy.hash(1);
    for (int i = 0; i < 40; i++) {
      sketch.count(hash);
    }
    assertThat(sketch.frequency(hash)).isEqualTo(FrequencySketch.FREQUENCY_MAX);
    int total = 0;
    for (int key = 2; key < 200; key++) {
      total += sketch.frequency(Policy.hash(key)) == 0 ? 0 : 1;
    }
    assertThat(total).as("keys that share all four counters").isLessThan(20);
  }

  @Test
  void whatWasPopularFades() {
    var sketch = new FrequencySketch(64);
    int yesterday = Policy.hash(-1);
    for (int i = 0; i < 12; i++) {
      sketch.count(yesterday);
    }
    for (int i = 0; i < 64 * 10 * 4; i++) {
      sketch.count(Policy.hash(i));
    }
    assertThat(sketch.frequency(yesterday)).isLessThan(12 / 2);
  }

  @Test
  void growingForgetsNothing() {
    var sketch = new FrequencySketch(64);
    for (int key = 0; key < 30; key++) {
      for (int use = 0; use < 5; use++) {
        sketch.count(Policy.hash(key));
      }
    }
    sketch.serve(1 << 12);
    for (int key = 0; key < 30; key++) {
      assertThat(sketch.frequency(Policy.hash(key))).isGreaterThanOrEqualTo(5);
    }
  }
}
