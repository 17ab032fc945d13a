package systems.course.cut;

/**
 * The lines from one marker to its partner.
 *
 * @param question what the student is asked; empty for {@link Kind#ONLY}
 * @param firstLine where the opening marker stands, counted from 1
 * @param lastLine where the closing marker stands
 * @param stub what stands there before the student has written it; empty for the usual refusal
 */
public record Region(
    int phase, Kind kind, String question, int firstLine, int lastLine, String stub) {
  /** What becomes of a region in a starter. */
  public enum Kind {
    /** A body that the student writes: its question and a stub take its place. */
    BODY,
    /** Lines that would give the design away: nothing takes their place. */
    ONLY
  }

  /** Whether this holds the line, its own markers included. */
  public boolean holds(int line) {
    return firstLine <= line && line <= lastLine;
  }
}
