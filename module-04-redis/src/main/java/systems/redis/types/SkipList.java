package systems.redis.types;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Members ordered by score, then by their bytes; found by order, by score and by rank.
 *
 * <pre>
 *   level 2   heads ------------- 3 --------------> signpost(c)
 *                |                                      |
 *   level 1   heads -- 1 --> signpost(a) --- 2 ---> signpost(c) -- 1 --> the end
 *                                |                      |
 *   level 0   head --------> a ------> b ----------> c ------> d         numbers: the span of a step
 * </pre>
 *
 * <p>A member has one {@link Signpost} more with a chance of a quarter. Spans add up to ranks,
 * which is what ZRANK and ranges by index need and an ordinary skip list lacks. The last signpost
 * of a level counts the members behind it. Pugh's skip list (1990) with spans, a link back at level
 * 0, and equal scores allowed, as in Redis.
 *
 * <p>A signpost repeats the score of its member. So a step looks at one object, the signpost to the
 * right, and not at a node, its array of links and a node again: with 100,000 members and random
 * scores the misses of the cache are what a search costs. Three of four nodes have no signpost and
 * no array either.
 *
 * <p>Invariants: the scores of a node and of its signposts are equal; along a level members grow;
 * the spans of a level add up to the size. One thread at a time.
 */
public final class SkipList {
  private static final int LEVELS_MAX = 32;

  /** A member. */
  public static final class Node {
    private final byte[] member;
    private double score;
    private @Nullable Node next;
    private @Nullable Node previous;
    private @Nullable Signpost top;

    Node(byte[] member, double score) {
      this.member = member;
      this.score = score;
    }

    public byte[] member() {
      return member;
    }

    public double score() {
      return score;
    }

    public @Nullable Node next() {
      return next;
    }

    public @Nullable Node previous() {
      return previous;
    }
  }

  /** A member's place on a level above 0. */
  private static final class Signpost {
    private final Node node;
    private double score;
    private int span;
    private @Nullable Signpost right;
    private final @Nullable Signpost below; // null on level 1

    Signpost(Node node, @Nullable Signpost below) {
      this.node = node;
      this.score = node.score;
      this.below = below;
    }

    private boolean before(double score, byte[] member) {
      return this.score < score
          || this.score == score && Arrays.compareUnsigned(node.member, member) < 0;
    }
  }

  private final SplittableRandom random = new SplittableRandom();
  private final Node head = new Node(new byte[0], Double.NEGATIVE_INFINITY);
  private final Signpost[] heads = new Signpost[LEVELS_MAX]; // from level 1 to the highest used
  private final Signpost[] update = new Signpost[LEVELS_MAX];
  private final int[] ranks = new int[LEVELS_MAX];
  private Node updateNode = head;
  private @Nullable Node tail;
  private int levels = 1;
  private int size;

  public int size() {
    return size;
  }

  public @Nullable Node first() {
    return head.next;
  }

  public @Nullable Node last() {
    return tail;
  }

  static boolean before(double scoreA, byte[] a, double scoreB, byte[] b) {
    return scoreA < scoreB || scoreA == scoreB && Arrays.compareUnsigned(a, b) < 0;
  }

  //> phase 2 only
  /** Whether the node would stand right between its neighbours with that score. */
  private static boolean fits(Node node, double score) {
    Node before = node.previous;
    Node after = node.next;
    return (before == null || before(before.score, before.member, score, node.member))
        && (after == null || before(score, node.member, after.score, after.member));
  }

  //< phase 2

  /** Leaves in update the last signpost, and the last node, before the place, a level each. */
  private void descend(double score, byte[] member) {
    //> phase 2: what do the spans of the steps to the right add up to?
    Node node = head;
    int rank = 0;
    Signpost at = levels > 1 ? heads[levels - 1] : null;
    for (int level = levels - 1; at != null; level--) {
      Signpost right = at.right;
      while (right != null && right.before(score, member)) {
        rank += at.span;
        at = right;
        right = at.right;
      }
      update[level] = at;
      ranks[level] = rank;
      node = at.node;
      at = at.below;
    }
    Node next = node.next;
    while (next != null && before(next.score, next.member, score, member)) {
      rank++;
      node = next;
      next = node.next;
    }
    updateNode = node;
    ranks[0] = rank;
    //< phase 2
  }

  private int randomLevels() {
    int n = 1;
    while (n < LEVELS_MAX && (random.nextInt() & 3) == 0) {
      n++;
    }
    return n;
  }

  /** Adds a member that is not there. */
  public Node insert(byte[] member, double score) {
    assert !Double.isNaN(score) : "it would stand nowhere in the order";
    var node = new Node(member, score);
    insert(node, randomLevels());
    return node;
  }

  private void insert(Node node, int height) {
    //> phase 2: how are two spans made of one?
    descend(node.score, node.member);
    while (levels < height) {
      addLevel();
    }
    link(node, updateNode);
    assert fits(node, node.score) : "along a level members grow";
    Signpost below = null;
    for (int level = 1; level < height; level++) {
      Signpost before = update[level];
      var post = new Signpost(node, below);
      int passed = ranks[0] - ranks[level];
      assert passed >= 0 && passed <= before.span : "the step that is split leads over the place";
      post.right = before.right;
      post.span = before.span - passed;
      before.right = post;
      before.span = passed + 1;
      below = post;
    }
    node.top = below;
    for (int level = height; level < levels; level++) {
      update[level].span++; //~ spanAbove: update[level].span += 0;
    }
    size++;
    //< phase 2
  }

  private void addLevel() {
    var start = new Signpost(head, levels == 1 ? null : heads[levels - 1]);
    start.span = size;
    heads[levels] = start;
    update[levels] = start;
    ranks[levels] = 0;
    levels++;
  }

  private void link(Node node, Node before) {
    Node after = before.next;
    before.next = node;
    node.previous = before == head ? null : before;
    node.next = after;
    if (after == null) {
      tail = node;
    } else {
      after.previous = node;
    }
  }

  /** Takes a member out. */
  public void delete(Node node) {
    //> phase 2: two spans become one, and those above get shorter
    descend(node.score, node.member);
    assert updateNode.next == node : "not in the list";
    for (int level = 1; level < levels; level++) {
      Signpost before = update[level];
      Signpost post = before.right;
      if (post != null && post.node == node) {
        before.span += post.span;
        before.right = post.right;
      }
      before.span--;
      assert before.span >= 0 : "spans of a level add up to the size";
    }
    unlink(node);
    while (levels > 1 && heads[levels - 1].right == null) {
      levels--;
    }
    size--;
    assert (size == 0) == (head.next == null) && (size == 0) == (tail == null) : "size and chain";
    //< phase 2
  }

  private void unlink(Node node) {
    Node after = node.next;
    updateNode.next = after;
    if (after == null) {
      tail = node.previous;
    } else {
      after.previous = node.previous;
    }
  }

  /** Gives a member another score; returns its node, which may be another one. */
  public Node move(Node node, double score) {
    //> phase 2: when may the node stay where it is?
    if (fits(node, score)) {
      node.score = score;
      for (Signpost post = node.top; post != null; post = post.below) {
        post.score = score; //~ signpostsAreOld: post.span += 0;
      }
      return node;
    }
    delete(node);
    return insert(node.member, score);
    //< phase 2
  }

  /** 0 for the first. */
  public int rank(Node node) {
    descend(node.score, node.member);
    assert updateNode.next == node : "not in the list";
    return ranks[0];
  }

  /** The member with the rank. */
  public Node at(int rank) {
    //> phase 2: a rank is a sum of spans
    assert rank >= 0 && rank < size;
    int left = rank + 1;
    Node node = head;
    Signpost at = levels > 1 ? heads[levels - 1] : null;
    for (; at != null; at = at.below) {
      for (Signpost right = at.right; right != null && at.span <= left; right = at.right) {
        left -= at.span;
        at = right;
      }
      node = at.node;
    }
    for (; left > 0; left--) {
      assert node.next != null;
      node = node.next;
    }
    return node;
    //< phase 2
  }

  /** What lies below or above a bound. */
  @FunctionalInterface
  public interface Test {
    boolean holds(Node node);
  }

  /** The first member of which the test does not hold; it holds of a beginning of the list. */
  public @Nullable Node firstAfter(Test below) {
    return lastOrHead(below).next;
  }

  /** The last member of which the test holds; it holds of a beginning of the list. */
  public @Nullable Node lastWith(Test notAbove) {
    Node node = lastOrHead(notAbove);
    return node == head ? null : node;
  }

  private Node lastOrHead(Test holds) {
    Node node = head;
    Signpost at = levels > 1 ? heads[levels - 1] : null;
    for (; at != null; at = at.below) {
      for (Signpost right = at.right; right != null && holds.holds(right.node); right = at.right) {
        at = right;
      }
      node = at.node;
    }
    for (Node next = node.next; next != null && holds.holds(next); next = next.next) {
      node = next;
    }
    return node;
  }
}
