package systems.core.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The hand of the protected segment; who leaves in the end is a matter of its model. */
@Tag("phase-3")
class TinyLfuPolicyTest {
  private static final int ENTRIES = 1000;
  private static final int SAFE = (ENTRIES - ENTRIES / 100) / 10 * 8;

  private final TinyLfuPolicy<Integer, Integer> policy = new TinyLfuPolicy<>(ENTRIES);
  private final List<Node<Integer, Integer>> nodes = new ArrayList<>();

  @BeforeEach
  void fillAndProtect() {
    for (int key = 0; key < ENTRIES; key++) {
      var node = new Node<>(key, key);
      policy.add(node);
      nodes.add(node);
    }
    nodes.subList(0, SAFE).forEach(policy::use);
  }

  private List<Node<Integer, Integer>> unprotected() {
    return nodes.subList(0, SAFE + 1).stream().filter(node -> !node.quiet).toList();
  }

  @Test
  void onlyTheProtectedNoteTheirUsesThemselves() {
    assertThat(unprotected()).containsExactly(nodes.get(SAFE));
    assertThat(nodes.subList(SAFE, ENTRIES)).noneMatch(node -> node.quiet);
  }

  @Test
  void whoWasUsedStaysForAnotherRound() {
    nodes.subList(0, 10).forEach(Node::noteUse);
    policy.use(nodes.get(SAFE));
    assertThat(unprotected()).containsExactly(nodes.get(10));
    assertThat(nodes.subList(0, 10)).as("a use counts once").allMatch(node -> node.uses == 0);
  }

  @Test
  void oneLeavesThoughAllWereUsedAndTheHandDoesNotGoRound() {
    nodes.subList(0, SAFE).forEach(Node::noteUse);
    policy.use(nodes.get(SAFE));
    assertThat(unprotected()).hasSize(1);
    assertThat(nodes.subList(SAFE / 2, SAFE)).as("not looked at").allMatch(node -> node.uses == 1);
  }
}
