package systems.net.http;

import java.nio.charset.StandardCharsets;

/** Reason phrases of status codes (RFC 9110 §15, and the registry), and their lines as bytes. */
public final class Status {
  static final int MIN = 100;
  static final int MAX = 599;

  private static final byte[][] LINES = new byte[MAX + 1][];

  static {
    for (int code = MIN; code <= MAX; code++) {
      String line = "HTTP/1.1 " + code + " " + reason(code) + "\r\n";
      LINES[code] = line.getBytes(StandardCharsets.US_ASCII);
    }
  }

  private Status() {}

  /** The usual phrase; empty for a code that has none. */
  public static String reason(int code) {
    return switch (code) {
      case 100 -> "Continue";
      case 101 -> "Switching Protocols";
      case 103 -> "Early Hints";
      case 200 -> "OK";
      case 201 -> "Created";
      case 202 -> "Accepted";
      case 203 -> "Non-Authoritative Information";
      case 204 -> "No Content";
      case 205 -> "Reset Content";
      case 206 -> "Partial Content";
      case 300 -> "Multiple Choices";
      case 301 -> "Moved Permanently";
      case 302 -> "Found";
      case 303 -> "See Other";
      case 304 -> "Not Modified";
      case 307 -> "Temporary Redirect";
      case 308 -> "Permanent Redirect";
      case 400 -> "Bad Request";
      case 401 -> "Unauthorized";
      case 402 -> "Payment Required";
      case 403 -> "Forbidden";
      case 404 -> "Not Found";
      case 405 -> "Method Not Allowed";
      case 406 -> "Not Acceptable";
      case 407 -> "Proxy Authentication Required";
      case 408 -> "Request Timeout";
      case 409 -> "Conflict";
      case 410 -> "Gone";
      case 411 -> "Length Required";
      case 412 -> "Precondition Failed";
      case 413 -> "Content Too Large";
      case 414 -> "URI Too Long";
      case 415 -> "Unsupported Media Type";
      case 416 -> "Range Not Satisfiable";
      case 417 -> "Expectation Failed";
      case 421 -> "Misdirected Request";
      case 422 -> "Unprocessable Content";
      case 425 -> "Too Early";
      case 426 -> "Upgrade Required";
      case 428 -> "Precondition Required";
      case 429 -> "Too Many Requests";
      case 431 -> "Request Header Fields Too Large";
      case 451 -> "Unavailable For Legal Reasons";
      case 500 -> "Internal Server Error";
      case 501 -> "Not Implemented";
      case 502 -> "Bad Gateway";
      case 503 -> "Service Unavailable";
      case 504 -> "Gateway Timeout";
      case 505 -> "HTTP Version Not Supported";
      case 508 -> "Loop Detected"; // RFC 5842 §7.2
      default -> "";
    };
  }

  /** The status line, with its end. Not to be changed. */
  static byte[] line(int code) {
    assert code >= MIN && code <= MAX : code;
    return LINES[code];
  }

  /** Whether an answer with this code has no body, whatever its fields say (RFC 9112 §6.3). */
  public static boolean isBodiless(int code) {
    return code < 200 || code == 204 || code == 304;
  }
}
