/**
 * How far a student's project is: compiled, examined phase by phase, and told in plain words.
 *
 * <pre>
 *   CheckCommand (above)
 *     |
 *   CheckRun -----------------------.    from arguments to an exit code
 *     |                             |
 *   Check  stage by stage        SourceWatch   which files have changed
 *     |
 *     |-- Build       classes kept up with sources; Surface: what others see of a class
 *     |-- exam        the JVM that compiles and runs it all
 *     |-- Advice      one thing to look at, one next step
 *     |     |-- Screen        lines, a bar, two columns
 *     |     '-- PlainWords    a test's name as a sentence, a failure as one
 *     |-- Workspace   where sources and classes of a project are
 *     '-- Libraries   its class path, asked of Maven once per state of its pom
 * </pre>
 */
@NullMarked
package systems.course.check;

import org.jspecify.annotations.NullMarked;
