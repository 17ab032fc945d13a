package systems.core.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** Against a stack of lists of pieces, each of which remembers what was written into it. */
@Tag("phase-5")
class BumpArenaProperties {
  private record Piece(MemorySegment memory, byte content) {
    boolean isIntact() {
      return memory
          .elements(ValueLayout.JAVA_BYTE)
          .allMatch(one -> one.get(ValueLayout.JAVA_BYTE, 0) == content);
    }
  }

  @Property(tries = 200)
  void everyPieceThatIsAliveKeepsItsContents(
      @ForAll long seed, @ForAll boolean checked, @ForAll @IntRange(max = 15) int grain) {
    var random = new Random(seed);
    try (var region = Region.reserve(8192);
        var part = region.part(16L * grain, 4096);
        var arena = new BumpArena(part, checked ? Checks.full() : Checks.none())) {
      Deque<List<Piece>> alive = new ArrayDeque<>(List.of(new ArrayList<>()));
      Deque<BumpArena.Scope> scopes = new ArrayDeque<>();
      for (int i = 0; i < 100; i++) {
        switch (random.nextInt(8)) {
          case 0 -> {
            scopes.push(arena.open());
            alive.push(new ArrayList<>());
          }
          case 1 -> {
            if (scopes.isEmpty()) {
              arena.reset();
            } else {
              scopes.pop().close();
            }
            alive.pop();
            if (alive.isEmpty()) {
              alive.push(new ArrayList<>());
            }
          }
          default -> alive.peek().addAll(allocated(arena, random));
        }
        for (List<Piece> pieces : alive) {
          assertThat(pieces).as("after step %d", i).allMatch(Piece::isIntact);
        }
      }
    }
  }

  private static List<Piece> allocated(BumpArena arena, Random random) {
    long alignment = 1L << random.nextInt(8);
    long bytes = random.nextInt(200);
    try {
      MemorySegment memory = arena.allocate(bytes, alignment);
      assertThat(memory.address() % alignment).isZero();
      byte content = (byte) random.nextInt();
      return List.of(new Piece(memory.fill(content), content));
    } catch (OutOfRegionException _) {
      assertThat(arena.bytes() - arena.usedBytes()).isLessThan(bytes + alignment);
      return List.of();
    }
  }
}
