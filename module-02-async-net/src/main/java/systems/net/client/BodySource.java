package systems.net.client;

/** Brings a request's body when there is a connection for it. */
@FunctionalInterface
public interface BodySource {
  /** Called on the loop; may write at once, or later, from the loop. */
  void start(BodyWriter to);
}
