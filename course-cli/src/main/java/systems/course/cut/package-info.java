/** One source, three products: what the comment markers of a reference make of it. */
@NullMarked
package systems.course.cut;

import org.jspecify.annotations.NullMarked;
