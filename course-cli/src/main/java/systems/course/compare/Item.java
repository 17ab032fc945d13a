package systems.course.compare;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import systems.course.compare.Passages.Passage;

/**
 * A member of one side or of both, and how it stands.
 *
 * @param phase of the course, or {@link PhaseDiff#GIVEN} or {@link PhaseDiff#YOURS}
 * @param diff for what both sides have
 * @param notes what is to know beside the code: moved, renamed
 * @param why where the commentary speaks of it
 */
record Item(
    int phase,
    Standing standing,
    @Nullable Member reference,
    @Nullable Member student,
    @Nullable MemberDiff diff,
    List<String> notes,
    Optional<Passage> why) {

  enum Standing {
    /** The same code; comments, format, local names, place and order aside. */
    SAME,
    DIFFERS,
    /** Still what the starter had: the reference's body is not shown. */
    OPEN,
    /** Only in the reference. */
    MISSING,
    /** Only in the student's code. */
    ADDED
  }

  /** The reference's member, or the student's where the reference has none. */
  Member member() {
    return Objects.requireNonNull(reference == null ? student : reference);
  }

  int differing() {
    return diff == null ? 0 : diff.differing();
  }
}
