package systems.kvstore.tool;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options {@code --from} and {@code --to}: {@code [from, to)}, each side open if not given. */
final class KeyRange {
  @Option(names = "--from", paramLabel = "KEY", description = "first key")
  private @Nullable String from;

  @Option(names = "--to", paramLabel = "KEY", description = "first key that is too far")
  private @Nullable String to;

  byte @Nullable [] from(Notation notation) {
    return from == null ? null : notation.parse(from);
  }

  byte @Nullable [] to(Notation notation) {
    return to == null ? null : notation.parse(to);
  }
}
