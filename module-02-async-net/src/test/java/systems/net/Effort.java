package systems.net;

/**
 * How much of a long test is done: all of it in {@code mvn verify}, a sample of it where somebody
 * waits for the answer. {@code -Dcourse.effort=quick} asks for the sample.
 *
 * <p>A test says both numbers where it counts its connections, mutations or rounds. A sample still
 * visits every kind of case, so that it finds what is plainly wrong; the rare cases are left to the
 * whole.
 */
public final class Effort {
  private static final boolean QUICK = "quick".equals(System.getProperty("course.effort"));

  private Effort() {}

  /** The first number, or the second one where a sample is enough. */
  public static int of(int full, int quick) {
    return QUICK ? quick : full;
  }

  /**
   * How long a test waits for what has to come. On a starter most of it never comes, and whoever
   * asked for a sample does not want to wait long for that.
   */
  public static int seconds() {
    return of(20, 3);
  }
}
