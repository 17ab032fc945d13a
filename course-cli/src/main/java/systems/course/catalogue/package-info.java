/**
 * What there is to learn: the modules of this checkout, their phases, and what each may be called.
 */
@NullMarked
package systems.course.catalogue;

import org.jspecify.annotations.NullMarked;
