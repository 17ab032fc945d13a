package systems.redis;

/**
 * How much of a long test is done: all of it in {@code mvn verify}, a sample of it where somebody
 * waits for the answer. {@code -Dcourse.effort=quick} asks for the sample.
 *
 * <p>A test says both numbers where it counts its rounds. A sample still visits every kind of case,
 * so that it finds what is plainly wrong; the rare cases are left to the whole.
 */
public final class Effort {
  private static final boolean QUICK = "quick".equals(System.getProperty("course.effort"));

  private Effort() {}

  /** The first number, or the second one where a sample is enough. */
  public static int of(int full, int quick) {
    return QUICK ? quick : full;
  }
}
