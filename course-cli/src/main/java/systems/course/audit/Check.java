package systems.course.audit;

/** What is asked of a module, by the name that a fault is reported under. */
public enum Check {
  MARKERS("markers", "markers are well-formed and few"),
  PHASES("phases", "each phase has bodies to write and tests of its own"),
  TAGS("tags", "each test method belongs to one phase, or is given"),
  COMPILES("compiles", "the reference and each starter compile without warnings"),
  REFERENCE("reference", "the reference passes all tests"),
  STUBS("stubs", "each test fails while its phase is a stub"),
  EARLIER("earlier", "each test of an earlier phase, or given, passes on a starter"),
  BUGS("bugs", "each phase has named bugs, and bugs.md has them all"),
  KILLED("killed", "each named bug is noticed by a test of its phase"),
  TEXTS("texts", "what a student reads then is what bugs.md says");

  /** One word, for the beginning of a line. */
  public final String title;

  public final String fact;

  Check(String title, String fact) {
    this.title = title;
    this.fact = fact;
  }
}
