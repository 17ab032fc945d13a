package systems.core.cache.jcache;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryEventFilter;
import javax.cache.event.CacheEntryExpiredListener;
import javax.cache.event.CacheEntryListener;
import javax.cache.event.CacheEntryListenerException;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.event.CacheEntryUpdatedListener;
import org.jspecify.annotations.Nullable;

/**
 * Who hears of what happens in a cache. Called when the entry's lock is free again: a synchronous
 * listener makes the caller wait, and may use the cache; an asynchronous one runs in an executor.
 */
final class Listeners<K, V> {
  private final List<Registration<K, V>> registrations = new CopyOnWriteArrayList<>();
  private final Executor executor;

  private record Registration<K, V>(
      CacheEntryListenerConfiguration<K, V> configuration,
      CacheEntryListener<? super K, ? super V> listener,
      @Nullable CacheEntryEventFilter<? super K, ? super V> filter) {}

  Listeners(Executor executor) {
    this.executor = executor;
  }

  void add(CacheEntryListenerConfiguration<K, V> configuration) {
    var filters = configuration.getCacheEntryEventFilterFactory();
    registrations.add(
        new Registration<>(
            configuration,
            configuration.getCacheEntryListenerFactory().create(),
            filters == null ? null : filters.create()));
  }

  void remove(CacheEntryListenerConfiguration<K, V> configuration) {
    registrations.removeIf(r -> r.configuration.equals(configuration));
  }

  /** What users gave, to be closed with the cache. */
  List<?> resources() {
    return registrations.stream().map(Registration::listener).toList();
  }

  boolean isEmpty() {
    return registrations.isEmpty();
  }

  void tell(Event<K, V> event) {
    for (Registration<K, V> registration : registrations) {
      if (registration.configuration.isSynchronous()) {
        tell(registration, event);
      } else {
        executor.execute(() -> tell(registration, event));
      }
    }
  }

  private static <K, V> void tell(Registration<K, V> registration, Event<K, V> event) {
    try {
      if (registration.filter == null || registration.filter.evaluate(event)) {
        call(registration.listener, event);
      }
    } catch (CacheEntryListenerException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new CacheEntryListenerException("a listener failed: " + e, e);
    }
  }

  @SuppressWarnings("unchecked") // a listener of K and V, seen as what it also is
  private static <K, V> void call(
      CacheEntryListener<? super K, ? super V> listener, Event<K, V> event) {
    Iterable<CacheEntryEvent<? extends K, ? extends V>> one = List.of(event);
    switch (event.getEventType()) {
      case CREATED -> {
        if (listener instanceof CacheEntryCreatedListener<?, ?> l) {
          ((CacheEntryCreatedListener<K, V>) l).onCreated(one);
        }
      }
      case UPDATED -> {
        if (listener instanceof CacheEntryUpdatedListener<?, ?> l) {
          ((CacheEntryUpdatedListener<K, V>) l).onUpdated(one);
        }
      }
      case REMOVED -> {
        if (listener instanceof CacheEntryRemovedListener<?, ?> l) {
          ((CacheEntryRemovedListener<K, V>) l).onRemoved(one);
        }
      }
      case EXPIRED -> {
        if (listener instanceof CacheEntryExpiredListener<?, ?> l) {
          ((CacheEntryExpiredListener<K, V>) l).onExpired(one);
        }
      }
    }
  }
}
