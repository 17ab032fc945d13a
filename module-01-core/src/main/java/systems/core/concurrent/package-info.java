/**
 * What threads share without a lock: queues, a stack, a counter, versions of a value, and a ring of
 * bytes between two processes.
 *
 * <pre>
 *   BlockingRing            put and take that wait
 *     +-- WaitStrategy        how to pass the time: spin, yield, park
 *     +-- EventCount          how to sleep without missing the call
 *     +-- Ring                offer and poll that never wait for work
 *           +-- SpscRing        one producer, one consumer: two positions, no more
 *           +-- MpscRing        many producers: claim by compare-and-set, then write
 *           +-- MpmcRing        many of both: a turn number for each slot
 *                 +-- Cursors     two positions that share no cache line
 *
 *   ByteRing                records of any length, off the heap or in a mapped file
 *
 *   TreiberStack, MichaelScottQueue     unbounded, a node an element: the collector ends ABA
 *   TaggedStack                         a fixed number of slots that are used again: a tag ends ABA
 *   SeqLock, Snapshot                   readers that write nothing
 *   StripedCounter                      writers that do not meet
 * </pre>
 *
 * <p>All atomics are {@code VarHandle}s, and each mode that is used has its reason beside it. The
 * pairs to look for: who <em>releases</em>, who <em>acquires</em>, and what the first one wrote
 * before that the second one reads after.
 */
@NullMarked
package systems.core.concurrent;

import org.jspecify.annotations.NullMarked;
