/**
 * Who gets a request, and whether somebody should get it at all.
 *
 * <pre>
 *   Cluster    who may be asked: health, ejection, breaker; then the balancer chooses
 *     |
 *   RoundRobin, LeastRequests, ConsistentHash     HealthChecker, Ejection, Breaker
 *     |
 *   Upstream   requests in flight, what it did lately
 *
 *   RetryBudget, TokenBucket, ConcurrencyLimit, Deadline    how much is allowed, and how long
 * </pre>
 *
 * <p>All of it belongs to one loop. The time is a parameter in nanoseconds, of which only
 * differences mean something; chance comes from a seed: no clock, no thread, no lock, so that each
 * decision can be repeated in a test. What two loops know of a server may differ, and that is the
 * price: with eight loops a sick server is found eight times.
 */
@NullMarked
package systems.net.balance;

import org.jspecify.annotations.NullMarked;
