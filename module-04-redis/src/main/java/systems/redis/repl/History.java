package systems.redis.repl;

import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * Which history of changes this server's data stands for, and how far.
 *
 * <pre>
 *   id   A  ..................... 7000 | B ............ 9000
 *        history of the old primary    | ours, since the promotion
 *   id = B, offset = 9000, id2 = A, offset2 = 7001
 * </pre>
 *
 * <p>The same id and the same offset mean the same data. A replica that is promoted cannot go on
 * with the old id, for the old primary may have gone on too: it takes a fresh one, and remembers
 * the old one up to the offset where the ways part. So the other replicas of the old primary, who
 * know only A, are served from there on without a full copy.
 */
final class History {
  static final String NO_ID = "0".repeat(40);
  private static final SecureRandom RANDOM = new SecureRandom();

  String id = fresh();
  String id2 = NO_ID;

  /** Bytes of the stream so far. */
  long offset;

  /** The first offset that is no longer of {@link #id2}. */
  long offset2 = -1;

  static String fresh() {
    byte[] bytes = new byte[20];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /** From here on the history has another name. */
  void branch(String newId) {
    //> phase 7: which name do the others know, and up to where is it ours?
    id2 = id; //~ forgetsTheOldName: id2 = NO_ID;
    offset2 = offset + 1; //~ partsTooEarly: offset2 = offset - 1;
    id = newId;
    //< phase 7
  }

  /** A history of nobody else. */
  void restart() {
    id = fresh();
    forgetSecond();
  }

  void forgetSecond() {
    id2 = NO_ID;
    offset2 = -1;
  }

  /** Whether someone who has that history up to before that offset has a part of ours. */
  boolean contains(String otherId, long nextOffset) {
    //> phase 7: two names; which of them ends somewhere?
    boolean wasOurs = nextOffset <= offset2; //~ neverPart: boolean wasOurs = nextOffset > 0;
    return otherId.equals(id) || otherId.equals(id2) && wasOurs;
    //< phase 7
  }
}
