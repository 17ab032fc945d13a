package systems.redis.server;

import java.util.Locale;

/** What a command is allowed to do and when; the names are those that COMMAND shows. */
public enum Flag {
  WRITE,
  READONLY,
  DENYOOM,
  MODULE,
  ADMIN,
  PUBSUB,
  NOSCRIPT,
  BLOCKING,
  LOADING,
  STALE,
  SKIP_MONITOR,
  SKIP_SLOWLOG,
  ASKING,
  FAST,
  NO_AUTH,
  MAY_REPLICATE,
  SENTINEL,
  ONLY_SENTINEL,
  NO_MANDATORY_KEYS,
  PROTECTED,
  MOVABLEKEYS,
  ALLOW_BUSY,
  NO_ASYNC_LOADING,
  NO_MULTI;

  private final String text = name().toLowerCase(Locale.ROOT);
  private final long bit = 1L << position(this);

  @SuppressWarnings("EnumOrdinal") // a position in a word, never stored
  private static int position(Flag flag) {
    return flag.ordinal();
  }

  /** Whether COMMAND shows it. */
  boolean isShown() {
    return this != MAY_REPLICATE && this != PROTECTED;
  }

  /** As COMMAND shows it. */
  public String text() {
    return text;
  }

  long bit() {
    return bit;
  }

  static Flag of(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
