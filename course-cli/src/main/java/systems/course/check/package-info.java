/**
 * How far a student's project is: compiled, examined phase by phase, and told in plain words.
 *
 * <pre>
 *   CheckCommand (above)
 *        |
 *   Check            compile, then stage by stage until one is not done      SourceWatch
 *     |    |     |                                                             files that changed
 *     |    |     '-- Screen       lines, a bar, the message, one next step
 *     |    |            '-- PlainWords   a test's name as a sentence, a failure as one
 *     |    '-- exam               the JVM that runs it all
 *     |
 *     |    '-- Build        classes kept up with sources; Surface: what others see of a class
 *   Workspace        where sources and classes of a project are
 *     '-- Libraries  its class path, asked of Maven once per state of its pom
 * </pre>
 */
@NullMarked
package systems.course.check;

import org.jspecify.annotations.NullMarked;
