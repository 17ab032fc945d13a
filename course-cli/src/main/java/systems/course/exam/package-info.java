/**
 * Compiles sources and runs their tests, method by method, in a JVM that they may ruin.
 *
 * <pre>
 *   this JVM                                        the room: a JVM of its own, kept warm
 *   --------                                        -------------------------------------
 *   Examiner ---- compile, examine ------&gt; Wire ----&gt; ExamRoom
 *     |   Examination                        ^            |-- Javac         sources to classes
 *     |     the plan, what is decided,       |            |-- Sitting       one fresh class loader
 *     |     who is to blame for a death      |            |     |-- Rollup        events to verdicts
 *     v                                      |            |     '-- FailureReading  throwable to words
 *   RoomProcess                              +----------- |-- Timekeeper    ends what takes too long
 *     starts, watches, ends the room      verdicts        '-- BoundedOutput  what tests print
 * </pre>
 *
 * <p>The classes on the left never load a class of JUnit, so that a command which examines nothing
 * does not pay for it.
 */
@NullMarked
package systems.course.exam;

import org.jspecify.annotations.NullMarked;
