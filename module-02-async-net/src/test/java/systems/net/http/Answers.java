package systems.net.http;

import java.util.ArrayList;
import java.util.List;

/** Takes a server's output apart, slowly and from the front, as a client has to. */
final class Answers {
  /**
   * One response.
   *
   * @param head its lines, without their ends
   * @param chunked whether the body came in chunks
   */
  record Answer(int status, List<String> head, String body, boolean chunked) {
    String field(String name) {
      return head.stream()
          .skip(1)
          .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
          .map(line -> line.substring(name.length() + 1).strip())
          .reduce((a, b) -> a + ", " + b)
          .orElse("");
    }
  }

  private final String text;
  private int at;

  private Answers(String text) {
    this.text = text;
  }

  /** All responses; to requests with methods other than HEAD. */
  static List<Answer> of(String text) {
    var parser = new Answers(text);
    var answers = new ArrayList<Answer>();
    while (parser.at < text.length()) {
      answers.add(parser.next());
    }
    return answers;
  }

  static Answer only(String text) {
    List<Answer> answers = of(text);
    if (answers.size() != 1) {
      throw new AssertionError("not one answer but " + answers.size() + ":\n" + text);
    }
    return answers.getFirst();
  }

  private String line() {
    int end = text.indexOf("\r\n", at);
    if (end < 0) {
      throw new AssertionError("a line without an end in:\n" + text.substring(at));
    }
    String line = text.substring(at, end);
    at = end + 2;
    return line;
  }

  private String take(int count) {
    if (text.length() - at < count) {
      throw new AssertionError(count + " bytes of body were promised:\n" + text.substring(at));
    }
    at += count;
    return text.substring(at - count, at);
  }

  private Answer next() {
    var head = new ArrayList<String>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      head.add(line);
    }
    int status = Integer.parseInt(head.getFirst().substring(9, 12));
    var bare = new Answer(status, head, "", false);
    if (status < 200 || status == 204 || status == 304) {
      return bare;
    }
    if (bare.field("Transfer-Encoding").equals("chunked")) {
      return new Answer(status, head, chunks(), true);
    }
    String length = bare.field("Content-Length");
    String body = take(length.isEmpty() ? text.length() - at : Integer.parseInt(length));
    return new Answer(status, head, body, false);
  }

  private String chunks() {
    var body = new StringBuilder();
    for (int size = size(); size > 0; size = size()) {
      body.append(take(size));
      if (!line().isEmpty()) {
        throw new AssertionError("a chunk is longer than its size");
      }
    }
    for (String line = line(); !line.isEmpty(); line = line()) {
      body.append('[').append(line).append(']');
    }
    return body.toString();
  }

  private int size() {
    String line = line();
    if (!line.matches("[0-9a-f]+")) {
      throw new AssertionError("no chunk size, but '" + line + "' in:\n" + text);
    }
    return Integer.parseInt(line, 16);
  }
}
