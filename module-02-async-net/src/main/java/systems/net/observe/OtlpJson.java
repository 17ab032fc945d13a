package systems.net.observe;

import java.util.List;
import java.util.Map;

/**
 * Spans as a collector takes them: OTLP's JSON form, the body of {@code POST /v1/traces} or a line
 * of a file.
 *
 * <pre>
 *   {"resourceSpans": [
 *     {"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "proxy"}}]},
 *      "scopeSpans": [
 *        {"scope": {"name": "systems.net"},
 *         "spans": [{"traceId": "4bf9...", "spanId": "00f0...", "kind": 2, ...}]}]}]}
 * </pre>
 *
 * <p>It is the JSON form of a Protobuf message with two exceptions (OTLP specification, "JSON
 * Protobuf Encoding"): ids are hexadecimal and not Base64, and enums are numbers. As everywhere in
 * that form, 64-bit numbers are strings, since a JSON number loses bits beyond 2^53 in most
 * readers; a time in nanoseconds has 61.
 *
 * <p>Texts are a stranger's: control characters are escaped (RFC 8259 section 7), and half of a
 * surrogate pair, which no UTF-8 can carry, becomes U+FFFD.
 */
public final class OtlpJson {
  private static final char REPLACEMENT = '\ufffd';
  private static final String DIGITS = "0123456789abcdef";

  private OtlpJson() {}

  /** One request's body, in one line. */
  public static String of(String service, List<Span> spans) {
    var out = new StringBuilder();
    out.append("{\"resourceSpans\":[{\"resource\":{\"attributes\":[");
    attribute(out, "service.name", service);
    out.append("]},\"scopeSpans\":[{\"scope\":{\"name\":\"systems.net\"},\"spans\":[");
    for (int i = 0; i < spans.size(); i++) {
      out.append(i > 0 ? "," : "");
      span(out, spans.get(i));
    }
    return out.append("]}]}]}").toString();
  }

  private static void span(StringBuilder out, Span span) {
    assert span.context().sampled() && span.endNanos() >= span.startNanos();
    //> phase 7: which numbers are strings here, and which strings are numbers?
    out.append("{\"traceId\":\"").append(span.context().traceId());
    out.append("\",\"spanId\":\"").append(span.context().spanId()).append('"');
    String state = span.context().state();
    if (state != null) {
      string(out.append(",\"traceState\":"), state);
    }
    if (span.parent() != 0) {
      out.append(",\"parentSpanId\":\"").append(TraceContext.hex(span.parent())).append('"');
    }
    string(out.append(",\"name\":"), span.name());
    out.append(",\"kind\":").append(span.kind().number);
    nanos(out.append(",\"startTimeUnixNano\":"), span.startNanos());
    nanos(out.append(",\"endTimeUnixNano\":"), span.endNanos());
    attributes(out.append(",\"attributes\":"), span.attributes());
    events(out.append(",\"events\":"), span.events());
    dropped(out, ",\"droppedAttributesCount\":", span.droppedAttributes());
    dropped(out, ",\"droppedEventsCount\":", span.droppedEvents());
    String error = span.error();
    if (error != null) {
      string(out.append(",\"status\":{\"code\":2,\"message\":"), error);
      out.append('}');
    }
    out.append('}');
    //< phase 7
  }

  private static void nanos(StringBuilder out, long nanos) {
    out.append('"').append(nanos).append('"'); //~ phase 7 losesNanos: out.append(nanos);
  }

  private static void dropped(StringBuilder out, String key, int count) {
    if (count > 0) {
      out.append(key).append(count);
    }
  }

  private static void attributes(StringBuilder out, Map<String, Object> attributes) {
    String comma = "[";
    for (Map.Entry<String, Object> entry : attributes.entrySet()) {
      attribute(out.append(comma), entry.getKey(), entry.getValue());
      comma = ",";
    }
    out.append(attributes.isEmpty() ? "[]" : "]");
  }

  private static void events(StringBuilder out, List<Span.Event> events) {
    String comma = "[";
    for (Span.Event event : events) {
      nanos(out.append(comma).append("{\"timeUnixNano\":"), event.atNanos());
      string(out.append(",\"name\":"), event.name());
      out.append('}');
      comma = ",";
    }
    out.append(events.isEmpty() ? "[]" : "]");
  }

  private static void attribute(StringBuilder out, String key, Object value) {
    string(out.append("{\"key\":"), key);
    out.append(",\"value\":{");
    switch (value) {
      case Boolean bool -> out.append("\"boolValue\":").append(bool);
      case Long number -> out.append("\"intValue\":\"").append(number).append('"');
      case String text -> string(out.append("\"stringValue\":"), text);
      default -> throw new AssertionError("no value of an attribute: " + value);
    }
    out.append("}}");
  }

  private static void string(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c); //~ phase 7 breaksOut: out.append(c);
      } else if (c < ' ') {
        out.append("\\u00").append(DIGITS.charAt(c >>> 4)).append(DIGITS.charAt(c & 15));
      } else {
        out.append(isLoneSurrogate(text, i) ? REPLACEMENT : c);
      }
    }
    out.append('"');
  }

  private static boolean isLoneSurrogate(String text, int at) {
    char c = text.charAt(at);
    if (Character.isHighSurrogate(c)) {
      return at + 1 == text.length() || !Character.isLowSurrogate(text.charAt(at + 1));
    }
    return Character.isLowSurrogate(c)
        && (at == 0 || !Character.isHighSurrogate(text.charAt(at - 1)));
  }
}
