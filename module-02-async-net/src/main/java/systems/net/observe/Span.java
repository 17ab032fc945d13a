package systems.net.observe;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A piece of work within a trace: what, when, how it ended.
 *
 * <pre>
 *   GET /orders          SERVER   |------------------------------------|
 *     attempt, to b      CLIENT     |-----------x  timed out
 *     attempt, to a      CLIENT                     |---------------|
 * </pre>
 *
 * <p>A span whose trace nobody records has its ids, since they are passed on, and nothing else: it
 * reads no clock, keeps no attribute, and its end is a compare.
 *
 * <p>Belongs to one loop until it has ended, and does not change after that, so that any thread may
 * export it. What a stranger's request can put into it is bounded: attributes, events, and the
 * length of each text; what is left out is counted.
 */
public final class Span {
  private static final int ATTRIBUTES_MAX = 32;
  private static final int EVENTS_MAX = 32;
  private static final int TEXT_MAX = 1024;

  /** Who is on the other side. */
  public enum Kind {
    INTERNAL(1),
    SERVER(2),
    CLIENT(3);

    final int number;

    Kind(int number) {
      this.number = number;
    }
  }

  /**
   * A moment within a span.
   *
   * @param atNanos since 1970
   */
  public record Event(String name, long atNanos) {}

  private final Tracer tracer;
  private final TraceContext context;
  private final long parent; // 0: none
  private final String name;
  private final Kind kind;
  private final long startNanos;
  private Map<String, Object> attributes = Map.of();
  private List<Event> events = List.of();
  private int droppedAttributes;
  private int droppedEvents;
  private long endNanos;
  private @Nullable String error;

  Span(Tracer tracer, TraceContext context, long parent, String name, Kind kind) {
    this.tracer = tracer;
    this.context = context;
    this.parent = parent;
    this.name = cut(name);
    this.kind = kind;
    assert parent != context.span() : "a span below itself";
    startNanos = context.sampled() ? tracer.now() : 0;
  }

  public TraceContext context() {
    return context;
  }

  /** The id of the span above, or 0. */
  public long parent() {
    return parent;
  }

  public String name() {
    return name;
  }

  public Kind kind() {
    return kind;
  }

  /** Since 1970. */
  public long startNanos() {
    return startNanos;
  }

  /** Since 1970; 0 until it has ended. */
  public long endNanos() {
    return endNanos;
  }

  public @Nullable String error() {
    return error;
  }

  /** Texts, longs and booleans, in the order in which they came. */
  public Map<String, Object> attributes() {
    return attributes;
  }

  public List<Event> events() {
    return events;
  }

  int droppedAttributes() {
    return droppedAttributes;
  }

  int droppedEvents() {
    return droppedEvents;
  }

  private boolean isRecording() {
    boolean isOpen = endNanos == 0; //~ phase 7 changesAfterItsEnd: boolean isOpen = true;
    return isOpen && context.sampled();
  }

  public Span attribute(String key, String value) {
    if (isRecording()) {
      put(key, cut(value));
    }
    return this;
  }

  public Span attribute(String key, long value) {
    if (isRecording()) {
      put(key, value);
    }
    return this;
  }

  public Span attribute(String key, boolean value) {
    if (isRecording()) {
      put(key, value);
    }
    return this;
  }

  private void put(String key, Object value) {
    //> phase 7: how many, at most, and what of the rest?
    if (attributes.isEmpty()) {
      attributes = new LinkedHashMap<>();
    }
    boolean fits = attributes.size() < ATTRIBUTES_MAX; //~ spanWithoutEnd: boolean fits = true;
    if (fits || attributes.containsKey(key)) {
      attributes.put(key, value);
    } else {
      droppedAttributes++;
    }
    //< phase 7
  }

  /** Something that happens now. */
  public Span event(String what) {
    if (isRecording()) {
      note(what);
    }
    return this;
  }

  private void note(String what) {
    //> phase 7: as with attributes
    if (events.isEmpty()) {
      events = new ArrayList<>();
    }
    if (events.size() < EVENTS_MAX) {
      events.add(new Event(cut(what), tracer.now()));
    } else {
      droppedEvents++;
    }
    //< phase 7
  }

  private static String cut(String text) {
    return text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX);
  }

  /** It has gone wrong. */
  public Span fail(String why) {
    if (isRecording()) {
      error = cut(why);
    }
    return this;
  }

  /** A span below this one. */
  public Span child(String childName, Kind childKind) {
    return tracer.child(this, childName, childKind);
  }

  /** Hands it to whoever fetches; a second call does nothing. */
  public void end() {
    if (isRecording()) {
      endNanos = Math.max(startNanos, tracer.now()); // a clock of the day may go back
      assert events.size() <= EVENTS_MAX;
      tracer.ended(this);
    }
  }

  @Override
  public String toString() {
    return name + " " + context.spanId();
  }
}
