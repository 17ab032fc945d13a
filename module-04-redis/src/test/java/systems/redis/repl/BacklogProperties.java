package systems.redis.repl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** The backlog against an array of all that was ever appended. */
@Tag("phase-7")
final class BacklogProperties {
  private static final int BLOCK_BYTES = 16 * 1024;

  @Property(tries = 60)
  void aCursorReadsWhatWasAppendedBehindIt(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = 100_000) int start) {
    var random = new Random(seed);
    var backlog = new Backlog(start, Long.MAX_VALUE);
    var all = new ByteArrayOutputStream();
    Backlog.Cursor slow = backlog.atEnd();
    for (int i = 0; i < 12; i++) {
      byte[] bytes = new byte[random.nextInt(2 * BLOCK_BYTES)];
      random.nextBytes(bytes);
      int from = random.nextInt(bytes.length + 1);
      backlog.append(bytes, from, bytes.length);
      all.write(bytes, from, bytes.length - from);
      int skipped = random.nextInt(all.size() + 1);
      Backlog.Cursor cursor = backlog.at(start + (long) skipped);
      assertThat(cursor).as("a cursor %s bytes behind the start", skipped).isNotNull();
      assertThat(rest(cursor))
          .as("what is read from there on")
          .isEqualTo(Arrays.copyOfRange(all.toByteArray(), skipped, all.size()));
    }
    assertThat(rest(slow)).as("what a cursor of the beginning reads").isEqualTo(all.toByteArray());
    assertThat(backlog.end()).isEqualTo(start + (long) all.size());
  }

  private static byte[] rest(Backlog.Cursor cursor) {
    var bytes = new ByteArrayOutputStream();
    boolean more = true;
    while (more) {
      more = cursor.next((block, from, to) -> bytes.write(block, from, to - from));
    }
    return bytes.toByteArray();
  }

  @Property(tries = 60)
  void itKeepsAsMuchAsItShouldAndAtMostABlockMore(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 100_000) int bytesMax) {
    var random = new Random(seed);
    var backlog = new Backlog(1, bytesMax);
    for (int i = 0; i < 20; i++) {
      int count = random.nextInt(20_000);
      backlog.append(new byte[count], 0, count);
      assertThat(backlog.size())
          .as("bytes of %s after %s", backlog.end() - 1, bytesMax)
          .isBetween(Math.min(bytesMax, backlog.end() - 1), (long) bytesMax + BLOCK_BYTES);
      assertThat(backlog.at(backlog.start() - 1)).as("the byte that has gone").isNull();
      assertThat(backlog.at(backlog.end() + 1)).as("the byte after the next one").isNull();
      assertThat(backlog.at(backlog.end())).as("the next byte").isNotNull();
    }
  }

  @Property(tries = 60)
  void itReachesBackToTheSlowestReplica(@ForAll long seed) {
    var random = new Random(seed);
    long[] slowest = {Long.MAX_VALUE};
    var backlog = new Backlog(1, 1, () -> slowest[0]);
    append(backlog, random);
    Backlog.Cursor slow = backlog.atEnd();
    slowest[0] = slow.position();
    for (int i = 0; i < 10; i++) {
      append(backlog, random);
      assertThat(backlog.at(slow.position())).as("where the slow one goes on").isNotNull();
    }
    slowest[0] = Long.MAX_VALUE;
    append(backlog, random);
    assertThat(backlog.size()).as("after it has gone").isLessThanOrEqualTo(1L + BLOCK_BYTES);
  }

  private static void append(Backlog backlog, Random random) {
    int count = 1 + random.nextInt(40_000);
    backlog.append(new byte[count], 0, count);
  }
}
