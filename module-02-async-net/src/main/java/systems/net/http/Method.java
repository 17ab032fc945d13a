package systems.net.http;

/** Names of methods (RFC 9110 §9, RFC 5789), and what may be assumed of them. Case matters. */
public final class Method {
  public static final String GET = "GET";
  public static final String HEAD = "HEAD";
  public static final String POST = "POST";
  public static final String PUT = "PUT";
  public static final String DELETE = "DELETE";
  public static final String CONNECT = "CONNECT";
  public static final String OPTIONS = "OPTIONS";
  public static final String TRACE = "TRACE";
  public static final String PATCH = "PATCH";

  private Method() {}

  /** Whether it only reads (RFC 9110 §9.2.1). */
  public static boolean isSafe(String method) {
    return switch (method) {
      case GET, HEAD, OPTIONS, TRACE -> true;
      default -> false;
    };
  }

  /** Whether doing it twice is doing it once, so that it may be sent again (RFC 9110 §9.2.2). */
  public static boolean isIdempotent(String method) {
    return isSafe(method) || method.equals(PUT) || method.equals(DELETE);
  }

  /** The constant for one of the known names, else a new String. */
  static String of(byte[] bytes, int from, int to) {
    String guess =
        switch (to - from) {
          case 3 -> bytes[from] == 'G' ? GET : PUT;
          case 4 -> bytes[from] == 'P' ? POST : HEAD;
          case 5 -> bytes[from] == 'P' ? PATCH : TRACE;
          case 6 -> DELETE;
          default -> bytes[from] == 'C' ? CONNECT : OPTIONS;
        };
    return Octets.equals(bytes, from, to, guess) ? guess : Octets.text(bytes, from, to);
  }
}
