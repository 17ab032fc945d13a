/**
 * The {@code ./course} command.
 *
 * <pre>
 *   course (bash)      finds a JDK 25, builds what is stale, replaces itself by the JVM of a module
 *     |
 *     |  everything that needs thought and no process of its own
 *     v
 *   Main               one class per subcommand
 *     |                  who builds:   list  run  bench  demo  snippets  audit  site  verify
 *     |                  who studies:  start  check  hint  diff  bugs
 *     |
 *     +-- LaunchFile         the java command of a module, kept for the launcher
 *     +-- PlantedReference   a module's reference with one wrong line
 *     |
 *     +-- audit        whether a module keeps what it promises to students
 *     +-- check        how far a student's project is, in plain words
 *     |     +-- exam       compiles, and runs tests in a JVM that they may ruin
 *     +-- compare      a student's code against the reference; hints
 *     |     +-- student    a student's project: writes it, knows it, keeps its progress
 *     +-- page         the Markdown of the checkout, and that the code in it is right
 *     |     +-- cut        one source, three products: what the markers make of it
 *     |
 *     +-- demo         a demo.md played to people, or checked
 *     +-- site         the documentation site: built by Node.js, served on loopback
 *     |     +-- terminal   where a command reads and writes; Markdown as text for it
 *     |
 *     +-- catalogue    the modules of this checkout, their phases, and what each may be called
 * </pre>
 *
 * <p>Dependencies point downwards only. One thread runs a command from its first line to its last;
 * the only others read what a demo's shell or the JVM for tests prints.
 */
@NullMarked
package systems.course;

import org.jspecify.annotations.NullMarked;
