/** Where a command reads and writes, and Markdown as text for it. */
@NullMarked
package systems.course.terminal;

import org.jspecify.annotations.NullMarked;
