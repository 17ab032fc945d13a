package systems.benchmarks.kvstore;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;

/**
 * The children of a round: each step is one process a system. What was asked for brings with it
 * what must have run before; those steps run and are not reported.
 *
 * <p>The order is that of {@link Workload}. In a smoke run all workloads on one store are one step,
 * but what ends by a kill is always its own.
 */
record Plan(List<List<Workload>> steps) {

  static Plan separate(Collection<Workload> asked) {
    return new Plan(withPredecessors(asked).stream().map(List::of).toList());
  }

  static Plan together(Collection<Workload> asked) {
    var steps = new ArrayList<List<Workload>>();
    for (Workload workload : withPredecessors(asked)) {
      List<Workload> last = steps.isEmpty() ? List.of() : steps.getLast();
      if (last.isEmpty() || !canFollow(last.getLast(), workload)) {
        steps.add(new ArrayList<>());
      }
      steps.getLast().add(workload);
    }
    return new Plan(List.copyOf(steps));
  }

  private static boolean canFollow(Workload last, Workload next) {
    return last.root() == next.root() && !last.endsByKill();
  }

  private static EnumSet<Workload> withPredecessors(Collection<Workload> asked) {
    var all = EnumSet.noneOf(Workload.class);
    for (Workload workload : asked) {
      for (Workload each = workload; each != null; each = each.on()) {
        all.add(each);
      }
    }
    return all;
  }

  /** Whether no step after this one runs on the same store. */
  boolean isLastOnItsStore(int step) {
    Workload root = steps.get(step).getFirst().root();
    return steps.subList(step + 1, steps.size()).stream()
        .noneMatch(later -> later.getFirst().root() == root);
  }
}
