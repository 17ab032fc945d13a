package systems.net.observe;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the tracing systems on the way have to say to themselves: W3C Trace Context, section 3.3.
 *
 * <pre>
 *   tracestate: rojo=00f067aa0ba902b7,congo=t61rcWkgMzE
 *               the latest to write           the first
 * </pre>
 *
 * <p>Everybody may change its own member, which then moves to the front, so that the order says who
 * came last; nobody changes another's. At most 32 members. At least 512 characters are passed on;
 * of more, whole members go: first those above 128 characters, then from the end, which are the
 * oldest. A member that was cut in two would be a lie.
 *
 * <p>The header is a stranger's text: what breaks the grammar is dropped as a whole, and the trace
 * goes on without it.
 *
 * @param members of different keys, the latest first
 */
public record TraceState(List<Member> members) {
  static final int MEMBERS_MAX = 32;
  static final int LENGTH_MAX = 512;

  private static final int LARGE = 128;
  private static final int KEY_MAX = 256;
  private static final int VALUE_MAX = 256;

  /** As long as 32 members may be, with blanks around. */
  private static final int HEADER_MAX = MEMBERS_MAX * (KEY_MAX + VALUE_MAX + 8);

  /** One system's. */
  public record Member(String key, String value) {
    public Member {
      if (!isKey(key) || !isValue(value)) {
        throw new IllegalArgumentException("no member of a tracestate: " + key + "=" + value);
      }
    }

    private int length() {
      return key.length() + 1 + value.length();
    }
  }

  public static final TraceState NONE = new TraceState(List.of());

  public TraceState {
    members = List.copyOf(members);
    assert members.size() <= MEMBERS_MAX;
  }

  /**
   * What a header says, or null if it is none. Several header lines are joined by commas before.
   */
  public static @Nullable TraceState parse(String header) {
    if (header.length() > HEADER_MAX) {
      return null;
    }
    //> phase 7: blanks around, empty members, keys twice, one too many: what is allowed of these?
    var members = new ArrayList<Member>();
    var keys = new HashSet<String>();
    for (String part : header.split(",", -1)) {
      String text = trim(part);
      if (text.isEmpty()) {
        continue;
      }
      int equals = text.indexOf('=');
      if (equals < 0 || !isKey(text.substring(0, equals)) || !isValue(text.substring(equals + 1))) {
        return null;
      }
      var member = new Member(text.substring(0, equals), text.substring(equals + 1));
      boolean isNew = keys.add(member.key); //~ keysTwice: boolean isNew = true;
      if (!isNew || members.size() == MEMBERS_MAX) {
        return null;
      }
      members.add(member);
    }
    return new TraceState(members);
    //< phase 7
  }

  /** Blanks before; those behind a value are no part of it either. */
  private static String trim(String part) {
    int from = 0;
    int to = part.length();
    while (from < to && isBlank(part.charAt(from))) {
      from++;
    }
    while (to > from && isBlank(part.charAt(to - 1))) {
      to--;
    }
    return part.substring(from, to);
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }

  /** Level 2 lets it begin with a digit, which the tenants of level 1 may as well. */
  private static boolean isKey(String text) {
    if (text.isEmpty() || text.length() > KEY_MAX || !isLetterOrDigit(text.charAt(0))) {
      return false;
    }
    for (int i = 1; i < text.length(); i++) {
      if (!isLetterOrDigit(text.charAt(i)) && "_-*/@".indexOf(text.charAt(i)) < 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean isLetterOrDigit(char c) {
    return c >= 'a' && c <= 'z' || c >= '0' && c <= '9';
  }

  private static boolean isValue(String text) {
    if (text.isEmpty() || text.length() > VALUE_MAX || text.charAt(text.length() - 1) == ' ') {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c > '~' || c == ',' || c == '=') {
        return false;
      }
    }
    return true;
  }

  /** With this member in front, instead of the one with its key; the oldest makes room. */
  public TraceState with(String key, String value) {
    //> phase 7: the one who wrote last stands first
    var next = new ArrayList<Member>();
    next.add(new Member(key, value));
    for (Member member : members) {
      boolean isOther = !member.key.equals(key); //~ leavesTheOldOne: boolean isOther = true;
      if (isOther && next.size() < MEMBERS_MAX) {
        next.add(member);
      }
    }
    return new TraceState(next);
    //< phase 7
  }

  public TraceState without(String key) {
    return new TraceState(members.stream().filter(member -> !member.key.equals(key)).toList());
  }

  public @Nullable String get(String key) {
    for (Member member : members) {
      if (member.key.equals(key)) {
        return member.value;
      }
    }
    return null;
  }

  /** The header; empty if there are no members. */
  public String header() {
    //> phase 7: more than 512 characters: which members go first?
    var left = new ArrayList<>(members);
    for (int i = left.size() - 1; i >= 0 && length(left) > LENGTH_MAX; i--) {
      if (left.get(i).length() > LARGE) { //~ largeOnesStay: if (left.get(i).length() < 0) {
        left.remove(i);
      }
    }
    while (length(left) > LENGTH_MAX) {
      left.removeLast(); //~ forgetsTheLatest: left.removeFirst();
    }
    var out = new StringBuilder();
    for (Member member : left) {
      out.append(out.isEmpty() ? "" : ",").append(member.key).append('=').append(member.value);
    }
    assert out.length() <= LENGTH_MAX;
    return out.toString();
    //< phase 7
  }

  private static int length(List<Member> members) {
    return members.stream().mapToInt(member -> member.length() + 1).sum() - 1;
  }
}
