/**
 * Compressed bytes and packed integers: LZ4 blocks and frames, Snappy and gzip for reading what
 * others wrote, xxHash, bit-packing and variable-length integers.
 *
 * <p>What is read here may have been written by an enemy. Every method that decodes is given a part
 * of an array to read and a part of an array to write, touches nothing outside of the two, and says
 * {@link systems.core.codec.CorruptDataException} with a position for whatever does not follow its
 * format. Wrong arguments are the caller's bug and an {@link java.lang.IllegalArgumentException}.
 */
@NullMarked
package systems.core.codec;

import org.jspecify.annotations.NullMarked;
