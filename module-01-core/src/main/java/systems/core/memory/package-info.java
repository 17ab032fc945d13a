/**
 * Memory by hand: allocators over one reserved range of addresses that the garbage collector does
 * not see, and the machinery that finds out who used them wrongly.
 *
 * <pre>
 *   SlabAllocator         blocks of any size, for all threads
 *     +-- Magazines         what a thread holds ready: no lock
 *     +-- Central           what all of them hold ready of one size: one lock a size
 *     +-- RunTable, Run     64 KiB cut into equal blocks; whose block is this?
 *     +-- Ledger            who is alive, since where; poison, canaries, quarantine
 *     |
 *   BuddyPool             powers of two, split and merged; FreeBits
 *   BumpArena             forward only, all freed at once; scopes
 *     |
 *   Region                the range itself, from mmap or from the JDK
 *     +-- Mmap              three C functions, called without C
 * </pre>
 *
 * <p>A block is named by a {@code long}, not by an object: whoever keeps millions of them keeps
 * them in arrays. {@link systems.core.memory.Misuse} is what a wrong one gets.
 */
@NullMarked
package systems.core.memory;

import org.jspecify.annotations.NullMarked;
