package systems.net.promise;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import org.jspecify.annotations.Nullable;

/**
 * Random trees of futures against a model that looks at the whole tree again and again until
 * nothing changes.
 */
@Tag("phase-2")
class FutureProperties {
  private static final String CANCELLED = "cancelled";
  private static final int DEPTH_MAX = 4;
  private static final int STEPS = 25;

  private enum Kind {
    LEAF,
    MAP,
    FLAT_MAP,
    RECOVER,
    RECOVER_WITH,
    ALL,
    RACE
  }

  /** A node of the tree: how it is made, the future that was made, and what the model thinks. */
  private static final class Node {
    final Kind kind;
    final boolean watched;
    final List<Node> parts = new ArrayList<>();
    @Nullable Future<Integer> future;
    boolean hookRan;
    int heard;
    boolean made;
    @Nullable Object outcome;

    Node(Kind kind, boolean watched) {
      this.kind = kind;
      this.watched = watched;
    }

    /** Number or text of the real future's outcome. */
    @Nullable Object realOutcome() {
      Future<Integer> real = Objects.requireNonNull(future, "made by the model only");
      Throwable cause = real.cause();
      if (cause instanceof CancelledException) {
        return CANCELLED;
      }
      return cause != null ? cause.getMessage() : real.isDone() ? real.value() : null;
    }
  }

  private final HandLoop loop = new HandLoop();
  private final List<Node> all = new ArrayList<>();
  private Random random = new Random(0);

  private Node grow(int depth) {
    Kind[] kinds = Kind.values();
    Kind kind = depth == 0 ? Kind.LEAF : kinds[random.nextInt(kinds.length)];
    var node = new Node(kind, random.nextInt(4) == 0);
    int parts =
        switch (kind) {
          case LEAF -> 0;
          case MAP, RECOVER -> 1;
          case FLAT_MAP, RECOVER_WITH -> 2;
          case ALL, RACE -> 1 + random.nextInt(3);
        };
    for (int i = 0; i < parts; i++) {
      node.parts.add(grow(depth - 1));
    }
    all.add(node);
    return node;
  }

  private static int plusOne(int value) {
    if (value % 7 == 0) {
      throw new IllegalStateException("thrown");
    }
    return value + 1;
  }

  private static int sum(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).sum();
  }

  private Future<Integer> make(Node node) {
    Future<Integer> future =
        switch (node.kind) {
          case LEAF -> leaf(node);
          case MAP -> make(node.parts.get(0)).map(FutureProperties::plusOne);
          case FLAT_MAP -> make(node.parts.get(0)).flatMap(value -> make(node.parts.get(1)));
          case RECOVER -> make(node.parts.get(0)).recover(cause -> 7);
          case RECOVER_WITH -> make(node.parts.get(0)).recoverWith(why -> make(node.parts.get(1)));
          case ALL -> Future.all(loop, makeAll(node)).map(FutureProperties::sum);
          case RACE -> Future.race(makeAll(node));
        };
    node.future = future;
    return node.watched ? future.whenDone((value, cause) -> node.heard++) : future;
  }

  private List<Future<Integer>> makeAll(Node node) {
    return node.parts.stream().map(this::make).toList();
  }

  private Promise<Integer> leaf(Node node) {
    var promise = new Promise<Integer>(loop);
    promise.onCancel(() -> node.hookRan = true);
    return promise;
  }

  private static boolean isValue(@Nullable Object outcome) {
    return outcome instanceof Integer;
  }

  /** What a node would be now by its parts; makes the second part of those that make it late. */
  private static @Nullable Object judged(Node node) {
    Object first = node.parts.isEmpty() ? null : node.parts.getFirst().outcome;
    return switch (node.kind) {
      case LEAF -> null;
      case MAP -> isValue(first) ? mapped((Integer) Objects.requireNonNull(first)) : first;
      case FLAT_MAP -> isValue(first) ? late(node) : first;
      case RECOVER -> first == null || isValue(first) ? first : Integer.valueOf(7);
      case RECOVER_WITH -> first == null || isValue(first) ? first : late(node);
      case ALL -> all(node);
      case RACE ->
          node.parts.stream()
              .map(part -> part.outcome)
              .filter(Objects::nonNull)
              .findFirst()
              .orElse(null);
    };
  }

  private static Object mapped(int value) {
    return value % 7 == 0 ? "thrown" : value + 1;
  }

  private static @Nullable Object late(Node node) {
    modelMakes(node.parts.get(1));
    return node.parts.get(1).outcome;
  }

  private static @Nullable Object all(Node node) {
    int sum = 0;
    boolean missing = false;
    for (Node part : node.parts) {
      if (part.outcome instanceof String failure) {
        return failure;
      }
      missing |= part.outcome == null;
      sum += part.outcome instanceof Integer value ? value : 0;
    }
    return missing ? null : sum;
  }

  private static void modelMakes(Node node) {
    if (node.made) {
      return;
    }
    node.made = true;
    switch (node.kind) {
      case LEAF -> {}
      case MAP, RECOVER, FLAT_MAP, RECOVER_WITH -> modelMakes(node.parts.getFirst());
      case ALL, RACE -> node.parts.forEach(FutureProperties::modelMakes);
    }
  }

  private void settle() {
    boolean changed = true;
    while (changed) {
      changed = false;
      for (Node node : all) {
        if (node.made && node.outcome == null) {
          node.outcome = judged(node);
          changed |= node.outcome != null;
        }
        for (Node part : node.parts) {
          if (node.outcome != null && part.made && part.outcome == null && !part.watched) {
            part.outcome = CANCELLED;
            changed = true;
          }
        }
      }
    }
  }

  private void compare(String after) {
    for (Node node : all) {
      assertThat(node.future != null)
          .as("a %s is made, after %s", node.kind, after)
          .isEqualTo(node.made);
      if (node.made) {
        assertThat(node.realOutcome())
            .as("a %s, after %s", node.kind, after)
            .isEqualTo(node.outcome);
        int heard = node.watched && node.outcome != null ? 1 : 0;
        assertThat(node.heard).as("times that its watcher heard, after %s", after).isEqualTo(heard);
      }
      if (node.kind == Kind.LEAF) {
        assertThat(node.hookRan)
            .as("the hook of a leaf ran, after %s", after)
            .isEqualTo(CANCELLED.equals(node.outcome));
      }
    }
  }

  private String act(Node node) {
    Future<Integer> future = Objects.requireNonNull(node.future);
    int choice = random.nextInt(10);
    if (node.kind == Kind.LEAF && choice > 0) {
      var promise = (Promise<Integer>) future;
      Object outcome = choice > 3 ? (Object) random.nextInt(100) : "failed";
      if (node.outcome == null) {
        node.outcome = outcome;
      }
      if (outcome instanceof Integer value) {
        promise.succeed(value);
      } else {
        promise.fail(new IllegalStateException("failed"));
      }
      return "completing a leaf";
    }
    if (choice > 1) {
      return "nothing";
    }
    if (node.outcome == null) {
      node.outcome = CANCELLED;
    }
    future.cancel("by the test");
    return "cancelling a " + node.kind;
  }

  @Property(tries = 1500)
  void randomTreesEndAsTheModelSays(@ForAll long seed) {
    random = new Random(seed);
    all.clear();
    Node root = grow(1 + random.nextInt(DEPTH_MAX));
    Future<Integer> future = make(root);
    assertThat(future).isNotNull();
    modelMakes(root);
    settle();
    compare("making");
    for (int i = 0; i < STEPS; i++) {
      List<Node> made = all.stream().filter(node -> node.made).toList();
      String what = act(made.get(random.nextInt(made.size())));
      settle();
      compare(what);
    }
    loop.turn();
    assertThat(loop.thrown).isEmpty();
  }
}
