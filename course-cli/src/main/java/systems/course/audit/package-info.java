/**
 * The checks of the course itself: whether a module can be taught as its phases and markers say.
 *
 * <pre>
 *   Audit                    what is checked, in which order, by two workers
 *     |-- MarkerChecks       the sources alone: shares, gaps, names           no JVM
 *     |-- StarterChecks      verdicts of the reference and of every starter   no JVM
 *     |-- BugHunt            one wrong line, and the test that notices it
 *     |     '-- BugSheet     bugs.md: the golden texts
 *     '-- Workshop           writes, compiles and examines a variant          a room of exam
 * </pre>
 *
 * <p>A check finds {@link Fault}s; it repairs nothing, except that {@code bugs.md} is written on
 * demand.
 */
@NullMarked
package systems.course.audit;

import org.jspecify.annotations.NullMarked;
