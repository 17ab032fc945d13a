package systems.net.tool;

import java.lang.reflect.RecordComponent;
import java.util.Locale;
import java.util.Set;
import systems.net.http.ServerStats;

/** A server's counters in the text form that Prometheus reads: one for each component. */
final class ServerMetrics {
  /** What goes down as well. */
  private static final Set<String> GAUGES = Set.of("open", "active");

  private ServerMetrics() {}

  static String text(ServerStats.Snapshot stats) {
    var text = new StringBuilder();
    for (RecordComponent component : ServerStats.Snapshot.class.getRecordComponents()) {
      boolean isGauge = GAUGES.contains(component.getName());
      String name = "http_server_" + snake(component.getName()) + (isGauge ? "" : "_total");
      text.append("# TYPE ").append(name).append(isGauge ? " gauge\n" : " counter\n");
      text.append(name).append(' ').append(value(component, stats)).append('\n');
    }
    return text.toString();
  }

  private static Object value(RecordComponent component, ServerStats.Snapshot stats) {
    try {
      return component.getAccessor().invoke(stats);
    } catch (ReflectiveOperationException impossible) {
      throw new LinkageError("a public record has public accessors", impossible);
    }
  }

  private static String snake(String camel) {
    return camel.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }
}
