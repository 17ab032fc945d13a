package systems.core.tool;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a cache could reach that knows the future: it lets go whom nobody asks for again, or latest
 * of all (L. A. Belady, "A study of replacement algorithms for a virtual-storage computer", 1966).
 * No policy does better; how near one comes says more than its hit ratio.
 */
final class Optimal {
  private Optimal() {}

  static double hitRatio(Trace trace, long entriesMax) {
    int[] nextUse = nextUses(trace);
    Map<Long, Integer> cached = new HashMap<>();
    TreeMap<Integer, Long> byNextUse = new TreeMap<>();
    int hits = 0;
    for (int i = 0; i < trace.size(); i++) {
      Long key = trace.key(i);
      Integer known = cached.remove(key);
      if (known != null) {
        hits++;
        byNextUse.remove(known);
      } else if (cached.size() == entriesMax) {
        if (byNextUse.lastKey() < nextUse[i]) {
          continue; // the new one is the least wanted: it passes through
        }
        cached.remove(byNextUse.pollLastEntry().getValue());
      }
      cached.put(key, nextUse[i]);
      byNextUse.put(nextUse[i], key);
    }
    return (double) hits / trace.size();
  }

  /** For each request, when its key is asked for again; what never is has a number of its own. */
  private static int[] nextUses(Trace trace) {
    int[] nextUse = new int[trace.size()];
    Map<Long, Integer> later = new HashMap<>();
    for (int i = trace.size() - 1; i >= 0; i--) {
      Integer next = later.put(trace.key(i), i);
      nextUse[i] = next != null ? next : Integer.MAX_VALUE - i;
    }
    return nextUse;
  }
}
