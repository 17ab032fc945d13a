package systems.kvstore.lsm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import systems.kvstore.Effort;

@Tag("phase-5")
class UniversalPickerProperties {

  private static UniversalPicker picker(Random random) {
    return new UniversalPicker(
        2 + random.nextInt(4),
        random.nextInt(3) * 50,
        50 + random.nextInt(3) * 100,
        (1 + random.nextInt(12)) * (long) LevelsModel.ENTRY_BYTES);
  }

  @Property(tries = 150)
  void noOrderOfFlushesAndCompactionsHidesANewerVersion(@ForAll long seed) {
    var random = new Random(seed);
    var model = new LevelsModel(picker(random), random);
    for (int step = 0; step < Effort.of(60, 25); step++) {
      if (random.nextBoolean()) {
        model.flushRandom(1 + random.nextInt(12));
        model.check();
      }
      model.start(1 + random.nextInt(4));
      if (random.nextInt(3) > 0) {
        model.finishOne();
      }
    }
    model.settle();
  }

  @Property(tries = 60)
  void compactingByHandLeavesOneRun(@ForAll long seed) {
    var random = new Random(seed);
    var model = new LevelsModel(picker(random), random);
    for (int step = 0; step < 15; step++) {
      model.flushRandom(1 + random.nextInt(12));
      model.start(1);
      model.finishOne();
    }
    model.settle();
    model.compactRange(null, null);
    for (int level = 0; level < Version.LEVELS - 1; level++) {
      assertThat(model.version().files(level)).isEmpty();
    }
  }
}
