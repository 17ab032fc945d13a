package systems.core.memory;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A place in the program: the innermost calls, without those inside the allocator.
 *
 * @param frames the caller first, {@link #FRAMES_MAX} at most
 */
public record Site(List<StackTraceElement> frames) {
  /** Enough to tell one way from another; a stack is walked for each recorded allocation. */
  static final int FRAMES_MAX = 8;

  private static final int FRAMES_SAID = 3;

  private static final Set<String> INSIDE =
      Set.of(
          Site.class.getName(),
          Ledger.class.getName(),
          SlabAllocator.class.getName(),
          RunTable.class.getName());

  /** Where the allocator was called from. */
  static Site here() {
    return new Site(
        StackWalker.getInstance()
            .walk(frames ->
                frames
                    .dropWhile(frame -> INSIDE.contains(outermost(frame.getClassName())))
                    .limit(FRAMES_MAX)
                    .map(StackWalker.StackFrame::toStackTraceElement)
                    .toList()));
  }

  private static String outermost(String name) {
    int end = name.indexOf('$');
    return end < 0 ? name : name.substring(0, end);
  }

  /** The caller, who had called it, and who that. */
  @Override
  public String toString() {
    return frames.stream()
        .limit(FRAMES_SAID)
        .map(StackTraceElement::toString)
        .collect(Collectors.joining(" <- "));
  }
}
