/**
 * The {@code ./course} command.
 *
 * <pre>
 *   course (bash)      finds a JDK 25, builds what is stale, replaces itself by the JVM of a module
 *     |
 *     |  everything that needs thought and no process of its own
 *     v
 *   Main               one class per subcommand:  list  demo  run  bench  verify
 *     |
 *     +-- Repository   the folders of this checkout, and what a module may be called
 *     |     +-- CourseFile   a module's course.yaml
 *     |     +-- Curriculum   the twelve modules, those that do not stand yet too
 *     |
 *     +-- DemoPlayer   plays or checks a demo.md
 *     |     +-- DemoScript   prose and commands, as written
 *     |     +-- Shell        one bash for all commands of a demo
 *     |     +-- Transcript   expected output against what came
 *     |     +-- Prose        Markdown as text for a terminal
 *     |
 *     +-- LaunchFile   the java command of a module, kept for the launcher
 * </pre>
 *
 * <p>Dependencies point downwards only. One thread runs a command from its first line to its last;
 * the only other one is the reader of {@link systems.course.Shell}.
 */
@NullMarked
package systems.course;

import org.jspecify.annotations.NullMarked;
