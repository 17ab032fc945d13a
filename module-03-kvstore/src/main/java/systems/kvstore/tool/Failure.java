package systems.kvstore.tool;

import java.io.IOException;

/** A command that cannot do what it was asked for; the message is the sentence that people read. */
final class Failure extends IOException {
  private static final long serialVersionUID = 1L;

  Failure(String sentence) {
    super(sentence);
  }
}
