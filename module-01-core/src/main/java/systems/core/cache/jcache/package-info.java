/**
 * The caches of {@code systems.core.cache} behind {@code javax.cache} (JSR 107), found by {@link
 * java.util.ServiceLoader}.
 *
 * <pre>
 *   LocalCachingProvider --- NamedCaches ------- LocalCache --- ConcurrentCache
 *     by class loader          by name               |
 *                                                    +-- Listeners   who hears of what
 *                                                    +-- Lives       how long entries live
 *                                                    +-- Source      loader and writer
 *                                                    +-- Copies      by value or by reference
 *                                                    +-- Statistics  for JMX
 * </pre>
 */
@NullMarked
package systems.core.cache.jcache;

import org.jspecify.annotations.NullMarked;
