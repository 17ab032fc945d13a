/** The file-system seam: what a store asks of a disk, and three answers. */
@NullMarked
package systems.kvstore.fs;

import org.jspecify.annotations.NullMarked;
