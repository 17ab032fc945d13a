/** The commands of the module; each is one class, {@link systems.core.tool.Main} lists them. */
@NullMarked
package systems.core.tool;

import org.jspecify.annotations.NullMarked;
