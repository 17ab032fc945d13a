/** The documentation site: built by Node.js in {@code docs/}, served on loopback. */
@NullMarked
package systems.course.site;

import org.jspecify.annotations.NullMarked;
