/**
 * Bounded caches: what to keep when not everything fits, and how to remember who used what without
 * making readers wait.
 *
 * <pre>
 *   jcache              the same cache behind javax.cache (JSR 107)
 *     |
 *   ConcurrentCache     a table for the threads, one maintainer for the order
 *     +-- ReadBuffer      who was read: striped, lossy
 *     +-- RecordRing      who was written: one queue, nothing is lost
 *     +-- Policy          who leaves: LruPolicy, S3FifoPolicy, TinyLfuPolicy
 *     +-- TimerWheel      whose time is over
 *     +-- Flights         who is being loaded
 *
 *   LruCache            the same question for one thread, in arrays
 * </pre>
 */
@NullMarked
package systems.core.cache;

import org.jspecify.annotations.NullMarked;
