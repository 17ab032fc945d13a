package systems.redis.server;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Forty hexadecimal digits that name a run of a server, or a history of changes. */
final class RunId {
  private static final SecureRandom RANDOM = new SecureRandom();

  private RunId() {}

  static String fresh() {
    byte[] bytes = new byte[20];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
