package systems.redis.resp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.function.IntSupplier;

/**
 * Writes replies, in the version of the protocol that the client speaks.
 *
 * <pre>
 *             RESP2             RESP3                      RESP2              RESP3
 *   null      $-1 or *-1        _           map of n       *2n                %n
 *   double    $4 3.14           ,3.14       set of n       *n                 ~n
 *   boolean   :1 / :0           #t / #f     push of n      *n                 >n
 *   big       $n digits         (digits     verbatim       $n text            =n+4 txt:text
 * </pre>
 *
 * <p>One array that grows and is used again, up to 16 KB; what is larger is for one turn. The
 * connection takes the bytes and calls {@link #clear}. A client that is idle gives memory back by
 * {@link #fit}: ten thousand of them may be there. A reply that was begun can be taken back to a
 * {@link #mark}, which is what a transaction and a script need. For one thread.
 */
public final class Reply {
  private static final int KEPT_BYTES_MAX = 16 * 1024;
  private static final int KEPT_BYTES_MIN = 1024;
  private static final byte[] CRLF = {'\r', '\n'};
  private static final byte[] OK = "+OK\r\n".getBytes(ISO_8859_1);
  private static final byte[] QUEUED = "+QUEUED\r\n".getBytes(ISO_8859_1);
  private static final byte[] PONG = "+PONG\r\n".getBytes(ISO_8859_1);
  private static final byte[] NULL2 = "$-1\r\n".getBytes(ISO_8859_1);
  private static final byte[] NULL_ARRAY2 = "*-1\r\n".getBytes(ISO_8859_1);
  private static final byte[] NULL3 = "_\r\n".getBytes(ISO_8859_1);

  private static final int ARRAY_BYTES_MAX = Integer.MAX_VALUE - 64;

  private final int keptBytesMax;
  private byte[] bytes;
  private int size;
  private int peak; // size of the largest reply since the last fit
  private IntSupplier bytesMax = () -> ARRAY_BYTES_MAX;
  private boolean full;
  private int version = 2;
  private int errors;

  public Reply() {
    this(KEPT_BYTES_MIN);
  }

  public Reply(int capacity) {
    this(capacity, KEPT_BYTES_MAX);
  }

  /** One that keeps an array of up to so many bytes when it is cleared. */
  public Reply(int capacity, int keptBytesMax) {
    bytes = new byte[capacity];
    this.keptBytesMax = keptBytesMax;
  }

  /** 2 or 3. */
  public int version() {
    return version;
  }

  public void version(int v) {
    assert v == 2 || v == 3 : "HELLO has refused it";
    version = v;
  }

  public byte[] array() {
    return bytes;
  }

  public int size() {
    return size;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  public byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  public void clear() {
    peak = Math.max(peak, size);
    size = 0;
    full = false;
    if (bytes.length > keptBytesMax) {
      bytes = new byte[keptBytesMax];
    }
  }

  /** Gives back what no reply has needed since the last time; if more than half of it. */
  public void fit() {
    int needed = Math.max(KEPT_BYTES_MIN, peak);
    if (size == 0 && needed < bytes.length / 2) {
      bytes = new byte[needed];
    }
    peak = 0;
  }

  /** Where the next reply begins. */
  public int mark() {
    return size;
  }

  /** Takes back what was written since the mark. */
  public void reset(int mark) {
    assert mark <= size || full : "the mark is behind the end";
    size = Math.min(mark, size);
  }

  /** Takes away so many bytes at the front. */
  public void drop(int count) {
    assert count <= size : "more than there is";
    System.arraycopy(bytes, count, bytes, 0, size - count);
    size -= count;
  }

  /** How many errors were ever written here. */
  public int errors() {
    return errors;
  }

  /** Bounds it: asked whenever more memory is needed. */
  public void limit(IntSupplier bytes) {
    bytesMax = bytes;
  }

  /**
   * Whether it has grown over its limit. What was in it is gone then, and so is what follows:
   * nobody can be sent the half of a reply, so the client has to go.
   */
  public boolean isFull() {
    return full;
  }

  private void ensure(int more) {
    assert more >= 0 : "a length that has overflown";
    if (bytes.length - size < more) {
      grow(more);
    }
  }

  private void grow(int more) {
    long wanted = (long) size + more;
    if (wanted > Math.min(bytesMax.getAsInt(), ARRAY_BYTES_MAX)) {
      full = true;
      size = 0;
      wanted = more;
    }
    if (wanted > bytes.length) {
      long doubled = Math.min(bytes.length * 2L, ARRAY_BYTES_MAX);
      bytes = Arrays.copyOf(bytes, (int) Math.max(wanted, doubled));
    }
  }

  /** Bytes that are a reply already. */
  public void raw(byte[] reply) {
    raw(reply, 0, reply.length);
  }

  public void raw(byte[] reply, int from, int to) {
    ensure(to - from);
    System.arraycopy(reply, from, bytes, size, to - from);
    size += to - from;
  }

  /** Puts bytes between the mark and what follows it. */
  public void insert(int mark, byte[] reply, int length) {
    ensure(length);
    if (full) {
      return;
    }
    assert mark <= size : "the mark is behind the end";
    System.arraycopy(bytes, mark, bytes, mark + length, size - mark);
    System.arraycopy(reply, 0, bytes, mark, length);
    size += length;
  }

  public void ok() {
    raw(OK);
  }

  public void queued() {
    raw(QUEUED);
  }

  public void pong() {
    raw(PONG);
  }

  public void status(String text) {
    line('+', text);
  }

  /** An error whose text begins with its code. */
  public void error(String text) {
    errors++;
    String line = text.indexOf('\n') >= 0 || text.indexOf('\r') >= 0 ? oneLine(text) : text;
    ensure(1);
    bytes[size++] = '-';
    raw(line.getBytes(ISO_8859_1));
    raw(CRLF);
  }

  private static String oneLine(String text) {
    return text.stripTrailing().replace('\r', ' ').replace('\n', ' ');
  }

  private void line(char kind, String text) {
    ensure(text.length() + 3);
    bytes[size++] = (byte) kind;
    for (int i = 0; i < text.length(); i++) {
      bytes[size++] = (byte) text.charAt(i);
    }
    bytes[size++] = '\r';
    bytes[size++] = '\n';
  }

  public void integer(long value) {
    number(':', value);
  }

  private void number(char kind, long value) {
    ensure(Numbers.DIGITS_MAX + 3);
    bytes[size++] = (byte) kind;
    size = Numbers.write(value, bytes, size);
    bytes[size++] = '\r';
    bytes[size++] = '\n';
  }

  public void bulk(byte[] value) {
    bulk(value, 0, value.length);
  }

  public void bulk(byte[] value, int from, int to) {
    int length = to - from;
    ensure(length + Numbers.DIGITS_MAX + 5);
    bytes[size++] = '$';
    size = Numbers.write(length, bytes, size);
    bytes[size++] = '\r';
    bytes[size++] = '\n';
    System.arraycopy(value, from, bytes, size, length);
    size += length;
    bytes[size++] = '\r';
    bytes[size++] = '\n';
  }

  /** As UTF-8. */
  public void bulk(String text) {
    bulk(text.getBytes(UTF_8));
  }

  /** A number as a bulk string. */
  public void bulk(long value) {
    ensure(2 * Numbers.DIGITS_MAX + 5);
    bytes[size++] = '$';
    size = Numbers.write(Numbers.length(value), bytes, size);
    bytes[size++] = '\r';
    bytes[size++] = '\n';
    size = Numbers.write(value, bytes, size);
    bytes[size++] = '\r';
    bytes[size++] = '\n';
  }

  /** There is no such value. */
  public void nil() {
    raw(version == 2 ? NULL2 : NULL3);
  }

  /** There is no such list of values. */
  public void nilArray() {
    raw(version == 2 ? NULL_ARRAY2 : NULL3);
  }

  public void array(long count) {
    head('*', count);
  }

  private void head(char kind, long count) {
    assert count >= 0 : "what is not there has a method of its own";
    number(kind, count);
  }

  /** So many pairs follow. */
  public void map(long pairs) {
    if (version == 2) {
      head('*', pairs * 2);
    } else {
      head('%', pairs);
    }
  }

  public void set(long count) {
    head(version == 2 ? '*' : '~', count);
  }

  /** Of a client of version 2, an array like any other. */
  public void push(long count) {
    head(version == 2 ? '*' : '>', count);
  }

  public void attribute(long pairs) {
    assert version == 3 : "version 2 has nothing like it";
    head('|', pairs);
  }

  public void real(double value) {
    if (version == 2) {
      bulk(Doubles.bytes(value));
    } else {
      line(',', Doubles.text(value));
    }
  }

  public void bool(boolean value) {
    if (version == 2) {
      integer(value ? 1 : 0);
    } else {
      line('#', value ? "t" : "f");
    }
  }

  public void bigNumber(String digits) {
    if (version == 2) {
      bulk(digits);
    } else {
      line('(', digits);
    }
  }

  /** A text for people, with its format, {@code txt} or {@code mkd}. */
  public void verbatim(byte[] text, String format) {
    assert format.length() == 3 : "clients skip four bytes";
    if (version == 2) {
      bulk(text);
      return;
    }
    number('=', text.length + 4L);
    raw(format.getBytes(ISO_8859_1));
    raw(new byte[] {':'});
    raw(text);
    raw(CRLF);
  }

  public void verbatim(String text) {
    verbatim(text.getBytes(UTF_8), "txt");
  }
}
