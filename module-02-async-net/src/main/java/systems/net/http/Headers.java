package systems.net.http;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Header fields in their order; names compare without case. Bytes with an index, and Strings for
 * whoever asks.
 *
 * <pre>
 *   bytes   GET / HTTP/1.1\r\nHost: example.org\r\nAccept: *&#47;*\r\n\r\n ........ room
 *                             ^   ^ ^          ^                            ^
 *   index   field 0:  name from,to  value from,to  id         field 1: ...  used
 * </pre>
 *
 * <p>A parser copies a whole head into {@code bytes} and notes where names and values are. What is
 * added by hand is appended in the form of the wire, so that fields of an answer leave with one
 * copy. The id says which known name it is ({@link FieldName}), so that to look for one of those
 * compares numbers.
 *
 * <ol>
 *   <li>The first {@code size} entries of the index lie within {@code used} bytes.
 *   <li>A name is a token and a value has no control characters but tabs, and no blanks around it:
 *       checked by the parser or by {@link #add}. So no field can end its line early.
 *   <li>{@code contiguous}: the fields lie behind each other from byte 0 on, in the form of the
 *       wire, with nothing between them.
 * </ol>
 *
 * <p>Rejected: a map from name to values. It costs an object for each field and loses the order,
 * and with some ten fields a scan over numbers is faster than a hash of a String that first has to
 * be made.
 *
 * <p>Text is ISO 8859-1: a byte is a char, so nothing is lost that a proxy hands on. Belongs to one
 * thread.
 */
public final class Headers {
  private static final int NAME_FROM = 0;
  private static final int NAME_TO = 1;
  private static final int VALUE_FROM = 2;
  private static final int VALUE_TO = 3;
  private static final int ID = 4;
  private static final int STRIDE = 5;

  private static final int FIRST_BYTES = 256;
  private static final int FIRST_FIELDS = 12;

  private byte[] bytes = new byte[FIRST_BYTES];
  private int used;
  private int[] index = new int[FIRST_FIELDS * STRIDE];
  private int size;
  private boolean contiguous = true;

  /** Values that were asked for already; null before the first. */
  private @Nullable String @Nullable [] texts;

  public int size() {
    return size;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  /** The name of a field, as it was sent or added. */
  public String name(int i) {
    int at = entry(i);
    int id = index[at + ID];
    int from = index[at + NAME_FROM];
    int to = index[at + NAME_TO];
    if (id != FieldName.UNKNOWN && Octets.equals(bytes, from, to, FieldName.text(id))) {
      return FieldName.text(id);
    }
    return Octets.text(bytes, from, to);
  }

  /** The value of a field, without the blanks around it. */
  public String value(int i) {
    int at = entry(i);
    if (texts == null || texts.length < size) {
      texts = new @Nullable String[index.length / STRIDE];
    }
    String text = texts[i];
    if (text == null) {
      text = Octets.text(bytes, index[at + VALUE_FROM], index[at + VALUE_TO]);
      texts[i] = text;
    }
    return text;
  }

  private int entry(int i) {
    if (i < 0 || i >= size) {
      throw new IndexOutOfBoundsException("field " + i + " of " + size);
    }
    return i * STRIDE;
  }

  /** The value of the first field of this name. */
  public @Nullable String get(String name) {
    int i = indexOf(name, 0);
    return i < 0 ? null : value(i);
  }

  /** The values of all fields of this name, in their order. */
  public List<String> all(String name) {
    //> phase 4: the same name may stand in several lines
    var values = new ArrayList<String>();
    for (int i = indexOf(name, 0); i >= 0; i = indexOf(name, i + 1)) {
      values.add(value(i));
    }
    return values;
    //< phase 4
  }

  public boolean contains(String name) {
    return indexOf(name, 0) >= 0;
  }

  /**
   * Whether a field that is a list with commas has this member, in any of its lines, without regard
   * to case.
   */
  public boolean containsToken(String name, String token) {
    //> phase 4: blanks around a member do not belong to it, and a name may stand in several lines
    for (int i = indexOf(name, 0); i >= 0; i = indexOf(name, i + 1)) {
      if (valueHasToken(i, token)) {
        return true;
      }
    }
    return false;
    //< phase 4
  }

  //> phase 4 only
  private boolean valueHasToken(int i, String token) {
    int to = valueTo(i);
    int at = valueFrom(i);
    while (at < to) {
      int end = at;
      while (end < to && bytes[end] != ',') {
        end++;
      }
      if (Octets.equalsIgnoringCase(bytes, skipBlanks(at, end), trimBlanks(at, end), token)) {
        return true;
      }
      at = end + 1; //~ looksAtOneMember: at = to;
    }
    return false;
  }

  private int skipBlanks(int from, int to) {
    int at = from;
    while (at < to && Octets.isBlank(bytes[at])) {
      at++;
    }
    return at;
  }

  private int trimBlanks(int from, int to) {
    int end = to;
    while (end > from && Octets.isBlank(bytes[end - 1])) {
      end--;
    }
    return Math.max(end, skipBlanks(from, to));
  }

  //< phase 4

  /** Index of the first field of this name that is not before {@code from}, or -1. */
  public int indexOf(String name, int from) {
    //> phase 4: a known name is a number; what do you compare first where it is not?
    int id = FieldName.of(name);
    for (int i = from; i < size; i++) {
      int at = i * STRIDE;
      if (index[at + ID] == id && (id != FieldName.UNKNOWN || hasName(at, name))) {
        return i;
      }
    }
    return -1;
    //< phase 4
  }

  private boolean hasName(int entry, String name) {
    return Octets.equalsIgnoringCase(bytes, index[entry + NAME_FROM], index[entry + NAME_TO], name);
  }

  /**
   * Adds a field behind the others.
   *
   * @throws IllegalArgumentException if the name is no token, or the value has a character that
   *     could end the line or that no byte stands for
   */
  public Headers add(String name, String value) {
    //> phase 4: which characters of a value would let a caller write a second field?
    int start = used;
    room(name.length() + value.length() + 4);
    putName(name);
    int nameTo = used;
    bytes[used++] = ':';
    bytes[used++] = Octets.SP;
    int valueFrom = used;
    putValue(value, start);
    bytes[used++] = Octets.CR;
    bytes[used++] = Octets.LF;
    note(start, nameTo, valueFrom, valueFrom + value.length());
    return this;
    //< phase 4
  }

  //> phase 4 only
  private void putName(String name) {
    int start = used;
    int at = start;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (c > 0x7f || !Octets.isToken((byte) c)) {
        throw new IllegalArgumentException("a field name is a token: " + visible(name));
      }
      bytes[at++] = (byte) c;
    }
    if (at == start) {
      throw new IllegalArgumentException("a field name is not empty");
    }
    used = at;
  }

  private void putValue(String value, int start) {
    int length = value.length();
    int at = used;
    for (int i = 0; i < length; i++) {
      char c = value.charAt(i);
      // a char above 255 would lose its upper half: U+010A becomes a line feed
      if (c > 0xff || !Octets.isValue((byte) c)) { //~ trustsTheValue: if (c > 0xffff) {
        used = start;
        throw new IllegalArgumentException("a field value must not have this: " + visible(value));
      }
      bytes[at++] = (byte) c;
    }
    boolean padded = length > 0 && (Octets.isBlank(bytes[used]) || Octets.isBlank(bytes[at - 1]));
    if (padded) {
      used = start;
      throw new IllegalArgumentException("blanks around a field value: " + visible(value));
    }
    used = at;
  }

  private static String visible(String text) {
    var escaped = new StringBuilder();
    text.chars()
        .limit(80)
        .forEach(c -> escaped.append(c < 0x20 || c > 0x7e ? "\\u%04x".formatted(c) : (char) c));
    return escaped.toString();
  }

  //< phase 4

  /** Sets the field, in the place of all earlier ones of this name. */
  public Headers set(String name, String value) {
    //> phase 4: what if the new value is refused: are the old ones gone then?
    add(name, value);
    removeUpTo(name, size - 1);
    return this;
    //< phase 4
  }

  /** Takes away all fields of this name; returns whether there was one. */
  public boolean remove(String name) {
    return removeUpTo(name, size);
  }

  private boolean removeUpTo(String name, int before) {
    boolean found = false;
    int end = before;
    for (int i = indexOf(name, 0); i >= 0 && i < end; i = indexOf(name, i)) {
      removeAt(i);
      end--;
      found = true;
    }
    return found;
  }

  void removeAt(int i) {
    int at = i * STRIDE;
    System.arraycopy(index, at + STRIDE, index, at, (size - i - 1) * STRIDE);
    size--;
    forgetTexts();
    contiguous = size == 0 && used == 0;
  }

  /** Adds all fields of the other. */
  public Headers addAll(Headers other) {
    for (int i = 0; i < other.size; i++) {
      add(other, i);
    }
    return this;
  }

  /** Adds one field of another, without making Strings of it. */
  public Headers add(Headers other, int i) {
    int from = other.entry(i);
    int name = other.index[from + NAME_TO] - other.index[from + NAME_FROM];
    int value = other.index[from + VALUE_TO] - other.index[from + VALUE_FROM];
    int start = used;
    room(name + value + 4);
    used = other.encode(i, bytes, used);
    note(start, start + name, start + name + 2, start + name + 2 + value);
    return this;
  }

  public void forEach(BiConsumer<String, String> each) {
    for (int i = 0; i < size; i++) {
      each.accept(name(i), value(i));
    }
  }

  /** Whether the field's name is this one, without regard to case. */
  public boolean isNamed(int i, String name) {
    return hasName(entry(i), name);
  }

  public void clear() {
    size = 0;
    used = 0;
    contiguous = true;
    forgetTexts();
  }

  private void forgetTexts() {
    if (texts != null) {
      Arrays.fill(texts, null);
    }
  }

  /** The same fields, in memory of their own. */
  public Headers copy() {
    return new Headers().addAll(this);
  }

  /** Bytes that {@link #encode(byte[], int)} writes. */
  public int encodedBytes() {
    if (contiguous) {
      return used;
    }
    int sum = 0;
    for (int i = 0; i < size; i++) {
      int at = i * STRIDE;
      sum += index[at + NAME_TO] - index[at + NAME_FROM];
      sum += index[at + VALUE_TO] - index[at + VALUE_FROM] + 4;
    }
    return sum;
  }

  /** Writes the fields, each as {@code name: value CR LF}; returns up to where. */
  public int encode(byte[] into, int at) {
    if (contiguous) {
      System.arraycopy(bytes, 0, into, at, used);
      return at + used;
    }
    int end = at;
    for (int i = 0; i < size; i++) {
      end = encode(i, into, end);
    }
    return end;
  }

  /** Writes one field; returns up to where. */
  int encode(int i, byte[] into, int at) {
    int entry = entry(i);
    int end = put(index[entry + NAME_FROM], index[entry + NAME_TO], into, at);
    into[end++] = ':';
    into[end++] = Octets.SP;
    end = put(index[entry + VALUE_FROM], index[entry + VALUE_TO], into, end);
    into[end++] = Octets.CR;
    into[end++] = Octets.LF;
    return end;
  }

  private int put(int from, int to, byte[] into, int at) {
    System.arraycopy(bytes, from, into, at, to - from);
    return at + to - from;
  }

  // ---- for the parsers

  /** Begins anew with a copy of a head; its fields are to be noted. */
  void load(byte[] source, int from, int to) {
    clear();
    room(to - from);
    System.arraycopy(source, from, bytes, 0, to - from);
    used = to - from;
    contiguous = false;
  }

  /** Adds to the index a field whose bytes are there. */
  void note(int nameFrom, int nameTo, int valueFrom, int valueTo) {
    assert nameFrom < nameTo && nameTo < valueFrom && valueFrom <= valueTo && valueTo <= used;
    int at = size * STRIDE;
    if (at == index.length) {
      index = Arrays.copyOf(index, 2 * index.length);
    }
    index[at + NAME_FROM] = nameFrom;
    index[at + NAME_TO] = nameTo;
    index[at + VALUE_FROM] = valueFrom;
    index[at + VALUE_TO] = valueTo;
    index[at + ID] = FieldName.of(bytes, nameFrom, nameTo);
    size++;
  }

  private void room(int count) {
    if (bytes.length - used < count) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, used + count));
    }
  }

  /** Where the copy of the head ends, as long as nothing was added. */
  int loadedBytes() {
    return used;
  }

  byte[] bytes() {
    return bytes;
  }

  int id(int i) {
    return index[entry(i) + ID];
  }

  int valueFrom(int i) {
    return index[entry(i) + VALUE_FROM];
  }

  int valueTo(int i) {
    return index[entry(i) + VALUE_TO];
  }

  /** Index of the first field with this id, or -1. */
  int indexOfId(int id) {
    for (int i = 0; i < size; i++) {
      if (index[i * STRIDE + ID] == id) {
        return i;
      }
    }
    return -1;
  }

  /** Bytes that the object holds on to. */
  int capacity() {
    return bytes.length + index.length * Integer.BYTES;
  }

  @Override
  public String toString() {
    var text = new byte[encodedBytes()];
    encode(text, 0);
    return Octets.text(text, 0, text.length);
  }
}
