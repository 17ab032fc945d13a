package systems.net.web;

import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Some texts in memory, each with an id and a version: the data of {@link ExampleService}.
 *
 * <p>Several loops use it, for microseconds and rarely at the same time: one lock. At most {@link
 * #COUNT_MAX} notes of {@link #BYTES_MAX} bytes, and nothing is thrown away to make room: a service
 * that is full says so.
 */
final class Notes {
  static final int COUNT_MAX = 1_000;
  static final int BYTES_MAX = 4 << 10;

  /** One text, as it was at some moment. */
  record Note(long id, long version, String text) {
    String json() {
      var json = new StringBuilder(text.length() + 48);
      json.append("{\"id\":").append(id).append(",\"version\":").append(version);
      json.append(",\"text\":");
      quote(text, json);
      return json.append('}').toString();
    }

    /** Each version has its own: a strong one. */
    Conditions.Validators validators() {
      return new Conditions.Validators("\"" + id + "." + version + "\"", 0);
    }
  }

  /** Whether a version may be written over. */
  @FunctionalInterface
  interface Precondition {
    boolean holds(Note before);
  }

  private final TreeMap<Long, Note> notes = new TreeMap<>();
  private long lastId;

  /** The new note; null if there is no room. */
  synchronized @Nullable Note add(String text) {
    if (notes.size() >= COUNT_MAX) {
      return null;
    }
    var note = new Note(++lastId, 1, text);
    notes.put(note.id, note);
    return note;
  }

  synchronized @Nullable Note get(long id) {
    return notes.get(id);
  }

  /** The new version; null if the note is not there, or not in a state that may be changed. */
  synchronized @Nullable Note replace(long id, String text, Precondition precondition) {
    Note before = notes.get(id);
    if (before == null || !precondition.holds(before)) {
      return null;
    }
    var note = new Note(id, before.version + 1, text);
    notes.put(id, note);
    return note;
  }

  synchronized boolean remove(long id, Precondition precondition) {
    Note before = notes.get(id);
    return before != null && precondition.holds(before) && notes.remove(id) != null;
  }

  /** So many notes from an id on. */
  synchronized List<Note> from(long id, int count) {
    return notes.tailMap(id).values().stream().limit(count).toList();
  }

  /** Writes a text as a JSON string (RFC 8259 §7). */
  static void quote(String text, StringBuilder into) {
    //> phase 5: which characters must not stand within the quotes as they are?
    into.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> into.append('\\').append(c);
        case '\n' -> into.append("\\n");
        case '\r' -> into.append("\\r");
        case '\t' -> into.append("\\t");
        default -> {
          if (c < ' ') { //~ controlsInJson: if (c == 0) {
            into.append("\\u%04x".formatted((int) c));
          } else {
            into.append(c);
          }
        }
      }
    }
    into.append('"');
    //< phase 5
  }
}
