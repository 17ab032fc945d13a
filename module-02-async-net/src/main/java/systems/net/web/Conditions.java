package systems.net.web;

import java.util.List;
import org.jspecify.annotations.Nullable;
import systems.net.http.Headers;
import systems.net.http.HttpDate;

/**
 * Whether a request with preconditions is to be done (RFC 9110 §13.2.2).
 *
 * <pre>
 *   1  If-Match ............... given and no tag of it is ours, compared strongly     412
 *   2  else If-Unmodified-Since  given and we are newer                                412
 *   3  If-None-Match .......... given and a tag of it is ours, compared weakly         304 / 412
 *   4  else If-Modified-Since   given, GET or HEAD, and we are not newer               304
 *   5  Range: only if If-Range is not given, or is ours, compared strongly
 * </pre>
 *
 * <p>Tags go before dates, since a date of whole seconds does not see two changes in one. A date
 * that is none is not there. A tag list that is malformed lists nothing behind its fault.
 *
 * <p>Strongly compared, two tags are equal if neither is weak; weakly, the mark is not looked at
 * (§8.8.3.2). A weak tag says "means the same", and bytes of one representation cannot be put
 * behind bytes of another that means the same: so ranges ask for strong ones.
 */
final class Conditions {
  /**
   * The state of a representation.
   *
   * @param tag with its quotes, and with W/ if it is weak
   * @param modifiedSeconds since 1970
   */
  record Validators(String tag, long modifiedSeconds) {
    Validators {
      assert tag.endsWith("\"") : tag;
    }

    boolean isWeak() {
      return tag.startsWith("W/");
    }
  }

  /** What to do with the request. */
  enum Verdict {
    PROCEED,
    /** 304 */
    NOT_MODIFIED,
    /** 412 */
    FAILED
  }

  /** A date that is younger than this may be followed by a change within the same second. */
  private static final long STRONG_DATE_SECONDS = 2;

  private Conditions() {}

  /**
   * @param isRead whether the method is GET or HEAD
   * @param nowSeconds since 1970
   */
  static Verdict of(boolean isRead, Headers headers, Validators ours, long nowSeconds) {
    //> phase 5: four fields; which are looked at first, and which not at all if another is there?
    if (headers.contains("If-Match")) {
      if (!lists(headers.all("If-Match"), ours, true)) {
        return Verdict.FAILED;
      }
    } else {
      Long date = date(headers, "If-Unmodified-Since", nowSeconds);
      if (date != null && ours.modifiedSeconds > date) {
        return Verdict.FAILED;
      }
    }
    if (headers.contains("If-None-Match")) {
      boolean isKnown = lists(headers.all("If-None-Match"), ours, false);
      if (!isKnown) {
        return Verdict.PROCEED;
      }
      boolean isEnough = isRead; //~ writesOverWhatIsThere: boolean isEnough = true;
      return isEnough ? Verdict.NOT_MODIFIED : Verdict.FAILED;
    }
    Long date = isRead ? date(headers, "If-Modified-Since", nowSeconds) : null;
    boolean isNewer = date == null || ours.modifiedSeconds > date;
    return isNewer ? Verdict.PROCEED : Verdict.NOT_MODIFIED;
    //< phase 5
  }

  /** Whether a range may be sent, as far as If-Range says; else the whole is. */
  static boolean rangeHolds(Headers headers, Validators ours, long nowSeconds) {
    List<String> given = headers.all("If-Range");
    if (given.isEmpty()) {
      return true;
    }
    //> phase 5: a tag or a date; is ours strong enough to glue two answers together?
    String text = given.getFirst();
    if (given.size() > 1) {
      return false;
    }
    if (text.startsWith("\"") || text.startsWith("W/")) {
      boolean glues = !ours.isWeak(); //~ gluesWhatMeansTheSame: boolean glues = true;
      return glues && text.equals(ours.tag);
    }
    Long date = HttpDate.parse(text, nowSeconds);
    boolean isStrong = nowSeconds - ours.modifiedSeconds >= STRONG_DATE_SECONDS;
    return date != null && isStrong && date == ours.modifiedSeconds;
    //< phase 5
  }

  private static @Nullable Long date(Headers headers, String name, long nowSeconds) {
    List<String> given = headers.all(name);
    return given.size() == 1 ? HttpDate.parse(given.getFirst(), nowSeconds) : null;
  }

  private static boolean lists(List<String> lines, Validators ours, boolean strongly) {
    return lines.stream().anyMatch(line -> lists(line, ours, strongly));
  }

  /** Whether a list of tags has ours, or is a star, which any representation fits. */
  private static boolean lists(String line, Validators ours, boolean strongly) {
    if (line.equals("*")) {
      return true;
    }
    //> phase 5: a comma may stand within the quotes
    int at = 0;
    while (at < line.length()) {
      at = skip(line, at);
      int opening = line.startsWith("W/", at) ? at + 2 : at;
      int closing = opening < line.length() ? line.indexOf('"', opening + 1) : -1;
      if (closing < 0 || line.charAt(opening) != '"') {
        return false;
      }
      if (isSame(line.substring(at, closing + 1), ours.tag, strongly)) {
        return true;
      }
      at = closing + 1;
    }
    return false;
    //< phase 5
  }

  private static int skip(String line, int from) {
    int at = from;
    while (at < line.length() && " \t,".indexOf(line.charAt(at)) >= 0) {
      at++;
    }
    return at;
  }

  private static boolean isSame(String a, String b, boolean strongly) {
    if (strongly) {
      return !a.startsWith("W/") && a.equals(b);
    }
    return opaque(a).equals(opaque(b)); //~ phase 5 weakIsAnotherTag: return a.equals(b);
  }

  private static String opaque(String tag) {
    return tag.startsWith("W/") ? tag.substring(2) : tag;
  }
}
