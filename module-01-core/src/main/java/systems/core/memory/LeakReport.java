package systems.core.memory;

import java.util.List;

/**
 * The blocks that are alive, by the place where they were allocated, the heaviest place first.
 *
 * @param leaks what was recorded
 * @param siteEvery one allocation in so many was recorded; the true numbers are about so many times
 *     as large
 */
public record LeakReport(List<Leak> leaks, int siteEvery) {
  /**
   * The blocks from one place.
   *
   * @param example one of them
   */
  public record Leak(Site site, long blocks, long bytes, long example) {}

  /** How many blocks were recorded and are alive. */
  public long blocks() {
    return leaks.stream().mapToLong(Leak::blocks).sum();
  }

  /** How many bytes they have, as they were asked for. */
  public long bytes() {
    return leaks.stream().mapToLong(Leak::bytes).sum();
  }

  Misuse.Block first() {
    Leak heaviest = leaks.getFirst();
    long bytesEach = heaviest.bytes / heaviest.blocks;
    return new Misuse.Block(heaviest.example, bytesEach, heaviest.site, null);
  }

  /** A line for all and one for each place. */
  @Override
  public String toString() {
    var text = new StringBuilder();
    text.append(blocks()).append(" blocks of ").append(bytes()).append(" bytes are alive");
    text.append(siteEvery > 1 ? ", of a sample of one in " + siteEvery + "\n" : "\n");
    for (Leak leak : leaks) {
      text.append("  ").append(leak.blocks).append(" blocks, ").append(leak.bytes);
      text.append(" bytes from ").append(leak.site).append('\n');
    }
    return text.toString();
  }
}
