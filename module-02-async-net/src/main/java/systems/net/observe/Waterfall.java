package systems.net.observe;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A trace as a picture for a terminal.
 *
 * <pre>
 *   GET /orders                 ######################################  412.0 ms
 *     attempt 1, upstream b     #########################               251.3 ms  timed out
 *     attempt 2, upstream a                              ############   120.1 ms
 * </pre>
 *
 * <p>Spans come in any order and from several hops, some of which may be missing: one whose parent
 * is not there is a root. So is one of a circle, which no honest tracer makes: each span is drawn
 * exactly once, whatever the parents say.
 */
public final class Waterfall {
  private static final int BAR = 40;
  private static final int NAME = 32;
  private static final int INDENT_MAX = 10;

  private record Placed(Span span, int depth) {}

  private final long from;
  private final long whole;
  private final StringBuilder out = new StringBuilder();

  private Waterfall(List<Span> spans) {
    from = spans.stream().mapToLong(Span::startNanos).min().orElse(0);
    whole = Math.max(1, spans.stream().mapToLong(Span::endNanos).max().orElse(0) - from);
  }

  /** The spans of one trace, in any order. */
  public static String of(List<Span> spans) {
    var waterfall = new Waterfall(spans);
    for (Placed placed : placed(spans)) {
      waterfall.line(placed.span, placed.depth);
    }
    return waterfall.out.toString();
  }

  /** Each span below its parent, by time. */
  private static List<Placed> placed(List<Span> spans) {
    //> phase 7: whose parent is missing, and what if two are each other's parents?
    Map<Long, List<Span>> byParent = new HashMap<>();
    var ids = new HashSet<Long>();
    List<Span> sorted = spans.stream().sorted(Comparator.comparingLong(Span::startNanos)).toList();
    for (Span span : sorted) {
      byParent.computeIfAbsent(span.parent(), _ -> new ArrayList<>()).add(span);
      ids.add(span.context().span());
    }
    var placed = new LinkedHashMap<Span, Placed>();
    for (Span span : sorted) {
      boolean isBelow = ids.contains(span.parent()); //~ upsideDown: boolean isBelow = false;
      if (!isBelow) {
        place(span, byParent, placed);
      }
    }
    sorted.forEach(span -> place(span, byParent, placed));
    assert placed.size() == new HashSet<>(spans).size();
    return List.copyOf(placed.values());
    //< phase 7
  }

  //> phase 7 only
  private static void place(Span root, Map<Long, List<Span>> byParent, Map<Span, Placed> placed) {
    var stack = new ArrayDeque<>(List.of(new Placed(root, 0)));
    while (!stack.isEmpty()) {
      Placed next = stack.pop();
      if (placed.putIfAbsent(next.span, next) == null) {
        List<Span> below = byParent.getOrDefault(next.span.context().span(), List.of());
        below.reversed().forEach(span -> stack.push(new Placed(span, next.depth + 1)));
      }
    }
  }

  //< phase 7

  private void line(Span span, int depth) {
    String name = "  ".repeat(Math.min(depth, INDENT_MAX)) + span.name();
    name = name.length() > NAME ? name.substring(0, NAME) : name;
    long nanos = Math.max(0, span.endNanos() - span.startNanos());
    int start = (int) ((double) (span.startNanos() - from) / whole * BAR);
    int width = (int) Math.max(1, (double) nanos / whole * BAR);
    assert start >= 0 && start <= BAR && depth >= 0;
    String bar = " ".repeat(start) + "#".repeat(width);
    String picture = "%-" + NAME + "s %-" + (BAR + 1) + "s %8.1f ms";
    out.append(String.format(Locale.ROOT, picture, name, bar, nanos / 1e6));
    if (span.error() != null) {
      out.append("  ").append(span.error());
    }
    out.append('\n');
  }
}
