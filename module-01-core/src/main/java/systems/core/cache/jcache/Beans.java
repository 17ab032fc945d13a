package systems.core.cache.jcache;

import java.lang.management.ManagementFactory;
import javax.cache.CacheException;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.management.CacheMXBean;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** Where JMX finds the caches: the platform's server, under the names that JSR 107 gives them. */
final class Beans {
  private static final MBeanServer SERVER = ManagementFactory.getPlatformMBeanServer();

  private Beans() {}

  static void show(LocalCache<?, ?> cache, String type, Object bean) {
    try {
      ObjectName name = name(cache, type);
      if (!SERVER.isRegistered(name)) {
        SERVER.registerMBean(bean, name);
      }
    } catch (JMException e) {
      throw new CacheException("cache '" + cache.getName() + "' cannot be shown in JMX: " + e, e);
    }
  }

  static void hide(LocalCache<?, ?> cache, String type) {
    try {
      ObjectName name = name(cache, type);
      if (SERVER.isRegistered(name)) {
        SERVER.unregisterMBean(name);
      }
    } catch (JMException e) {
      throw new CacheException("cache '" + cache.getName() + "' cannot be hidden in JMX: " + e, e);
    }
  }

  private static ObjectName name(LocalCache<?, ?> cache, String type) throws JMException {
    String manager = safe(cache.getCacheManager().getURI().toString());
    return new ObjectName(
        "javax.cache:type="
            + type
            + ",CacheManager="
            + manager
            + ",Cache="
            + safe(cache.getName()));
  }

  private static String safe(String name) {
    return name.replaceAll("[,:=\n]", ".");
  }

  /** What JMX shows of a cache's configuration. */
  record Configured(CompleteConfiguration<?, ?> configuration) implements CacheMXBean {
    @Override
    public String getKeyType() {
      return configuration.getKeyType().getName();
    }

    @Override
    public String getValueType() {
      return configuration.getValueType().getName();
    }

    @Override
    public boolean isReadThrough() {
      return configuration.isReadThrough();
    }

    @Override
    public boolean isWriteThrough() {
      return configuration.isWriteThrough();
    }

    @Override
    public boolean isStoreByValue() {
      return configuration.isStoreByValue();
    }

    @Override
    public boolean isStatisticsEnabled() {
      return configuration.isStatisticsEnabled();
    }

    @Override
    public boolean isManagementEnabled() {
      return configuration.isManagementEnabled();
    }
  }
}
