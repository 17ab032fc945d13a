/** A student's project: what it is made of, which one a folder belongs to, how far it has come. */
@NullMarked
package systems.course.student;

import org.jspecify.annotations.NullMarked;
