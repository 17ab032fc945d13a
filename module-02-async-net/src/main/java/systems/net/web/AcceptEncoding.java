package systems.net.web;

import java.util.List;
import java.util.Locale;
import systems.net.http.Headers;

/**
 * What a peer says about codings in Accept-Encoding (RFC 9110 §12.5.3), as far as gzip is meant.
 *
 * <pre>
 *   (no field)              nothing was said: send it as it is
 *   gzip, br                yes
 *   gzip;q=0                no, in words
 *   *;q=0.5                 yes: what is not named is meant by the star
 *   gzip;q=0.5, identity    rather not
 * </pre>
 *
 * <p>Weights are counted in thousandths. A member whose weight is none does not count: to guess
 * what was meant helps nobody.
 */
final class AcceptEncoding {
  private static final int UNSAID = -1;
  private static final int WHOLE = 1000;

  private AcceptEncoding() {}

  static boolean wantsGzip(Headers headers) {
    //> phase 5: which weight has gzip, named or by the star, and which has identity?
    int gzip = UNSAID;
    int star = UNSAID;
    int identity = UNSAID;
    List<String> lines = headers.all("Accept-Encoding");
    for (String line : lines) {
      for (String member : line.split(",")) {
        int weight = weight(member);
        switch (coding(member)) {
          case "gzip", "x-gzip" -> gzip = Math.max(gzip, weight);
          case "identity" -> identity = Math.max(identity, weight);
          case "*" -> star = Math.max(star, weight);
          default -> {}
        }
      }
    }
    int wanted = gzip;
    if (wanted == UNSAID) { //~ starBeatsTheName: if (wanted < star) {
      wanted = star;
    }
    boolean isWanted = wanted > 0; //~ zeroIsAWeightToo: boolean isWanted = wanted >= 0;
    return isWanted && wanted >= identity;
    //< phase 5
  }

  private static String coding(String member) {
    int semicolon = member.indexOf(';');
    String coding = semicolon < 0 ? member : member.substring(0, semicolon);
    return coding.strip().toLowerCase(Locale.ROOT);
  }

  /** Thousandths; whole if nothing is said, UNSAID for what is no weight. */
  private static int weight(String member) {
    int semicolon = member.indexOf(';');
    if (semicolon < 0) {
      return WHOLE;
    }
    String parameter = member.substring(semicolon + 1).strip().toLowerCase(Locale.ROOT);
    return parameter.startsWith("q=") ? thousandths(parameter.substring(2)) : UNSAID;
  }

  /** qvalue of RFC 9110 §12.4.2: 0 or 1, and up to three digits behind a dot. */
  private static int thousandths(String text) {
    boolean fits =
        !text.isEmpty() && text.length() <= 5 && (text.length() == 1 || text.charAt(1) == '.');
    if (!fits || text.charAt(0) < '0' || text.charAt(0) > '1') {
      return UNSAID;
    }
    int value = text.charAt(0) - '0';
    for (int i = 2; i < 5; i++) {
      char c = i < text.length() ? text.charAt(i) : '0';
      if (c < '0' || c > '9') {
        return UNSAID;
      }
      value = value * 10 + c - '0';
    }
    return value <= WHOLE ? value : UNSAID;
  }
}
