package systems.core.column;

import org.jspecify.annotations.Nullable;

/**
 * Strings as UTF-8 bytes that nobody has made a {@code String} of, in one of two shapes:
 *
 * <pre>
 *   dictionary == null                        dictionary != null
 *
 *   bytes    ...Oslo..Rome.....               codes    1 0 0 1
 *               ^     ^
 *   starts   3  9                             dictionary.bytes    OsloRome
 *   lengths  4  4                             dictionary.starts   0 4 8
 * </pre>
 *
 * <p>The bytes may be those of a whole chunk of a file; a value is a window on them. With a
 * dictionary, two rows are equal exactly if their codes are: grouping and filtering touch no
 * string.
 */
public final class StringVector extends Vector {
  /** Where the values lie; valid while {@link #dictionary} is null. */
  public byte[] bytes = new byte[0];

  public final int[] starts = new int[ROWS_MAX];
  public final int[] lengths = new int[ROWS_MAX];

  /** Entries of the dictionary; of an absent value 0. */
  public final int[] codes = new int[ROWS_MAX];

  public @Nullable Dictionary dictionary;
}
