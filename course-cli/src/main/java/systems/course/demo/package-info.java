/** A {@code demo.md} played to people, or checked: one bash, commands, expected output. */
@NullMarked
package systems.course.demo;

import org.jspecify.annotations.NullMarked;
