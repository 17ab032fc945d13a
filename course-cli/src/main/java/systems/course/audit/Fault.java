package systems.course.audit;

/**
 * One thing that is not as it should be.
 *
 * @param offender what to look at: a file and line, {@code Class#method}, the name of a bug
 * @param sentence what is wrong with it
 */
public record Fault(Check check, String offender, String sentence) {
  @Override
  public String toString() {
    return check.title + ": " + offender + ": " + sentence;
  }
}
