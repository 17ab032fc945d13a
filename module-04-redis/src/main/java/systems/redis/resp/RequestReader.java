package systems.redis.resp;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a client's bytes into requests, however the network has cut them.
 *
 * <pre>
 *   array of bulk strings:  *3 CRLF  $3 CRLF SET CRLF  $3 CRLF key CRLF  $5 CRLF value CRLF
 *   inline, by hand:        SET key "a value" LF
 *
 *   buffer  [ done | being read .............. | free ]
 *            ^base  ^at                         ^end
 * </pre>
 *
 * <p>An argument's bytes are copied once, from the buffer to the array that a command keeps. A
 * large one is not collected in the buffer first: its array is made when the length is known, but
 * only as large as what has arrived, and doubled up to the length; so a peer that promises 512 MB
 * and sends nothing costs nothing.
 *
 * <p>Belongs to one connection; not for several threads.
 */
public final class RequestReader {
  /** An inline request, and any length line, ends within so many bytes. */
  public static final int INLINE_BYTES_MAX = 64 * 1024;

  /** Whatever the settings allow, an argument is one array, and so is the buffer. */
  private static final int ARRAY_BYTES_MAX = Integer.MAX_VALUE - 64;

  private static final int ARGUMENTS_MAX = Integer.MAX_VALUE;
  private static final int BEFORE_LOGIN_ARGUMENTS_MAX = 10;
  private static final int BEFORE_LOGIN_BYTES_MAX = 16 * 1024;

  /** From here on an argument is filled in directly. */
  private static final int LARGE_BYTES = 32 * 1024;

  private static final int KEPT_ARGUMENTS = 64;
  private static final byte[] EMPTY = {};
  private static final byte[][] NONE = {};

  private byte[] buffer = EMPTY;
  private boolean inline;
  private int at;
  private int end;

  private byte[][] arguments = NONE;
  private int expected; // arguments of the array being read; 0 between requests
  private int read;
  private int length = -1; // of the argument being read; -1 before its length line
  private byte @Nullable [] large; // an argument that is filled in directly
  private int largeFilled;
  private long pendingBytes; // of the arguments read so far
  private long consumed; // bytes of the unfinished request that have left the buffer

  private long bulkBytesMax = 512L << 20;
  private boolean loggedIn = true;

  /** {@code proto-max-bulk-len}. */
  public void bulkBytesMax(long bytes) {
    bulkBytesMax = Math.min(bytes, ARRAY_BYTES_MAX);
  }

  /** Before a login a stranger gets little room. */
  public void loggedIn(boolean yes) {
    loggedIn = yes;
  }

  /** Takes bytes from the network. The caller may reuse the array. */
  public void append(byte[] bytes, int from, int to) {
    int first = fillLarge(bytes, from, to);
    if (first == to) {
      return;
    }
    int count = to - first;
    if (at == end) {
      at = 0;
      end = 0;
    }
    if (buffer.length - end < count) {
      makeRoom(count);
    }
    System.arraycopy(bytes, first, buffer, end, count);
    end += count;
    assert at < end && end <= buffer.length : "what came is held";
  }

  private void makeRoom(int count) {
    int kept = end - at;
    long needed = kept + (long) count;
    byte[] target = buffer;
    if (needed > buffer.length) {
      long roomy = Math.clamp(needed * 3 / 2, 512, ARRAY_BYTES_MAX);
      target = new byte[(int) Math.max(needed, roomy)];
    }
    System.arraycopy(buffer, at, target, 0, kept);
    buffer = target;
    at = 0;
    end = kept;
  }

  private int fillLarge(byte[] bytes, int from, int to) {
    //> phase 1: how much of it belongs to the large argument, and how large is its array by now?
    if (large == null || largeFilled == length) {
      return from;
    }
    int count = Math.min(to - from, length - largeFilled);
    byte[] target = large;
    if (target.length < largeFilled + count) {
      target = Arrays.copyOf(target, (int) Math.min(length, (largeFilled + (long) count) * 2));
      large = target;
    }
    System.arraycopy(bytes, from, target, largeFilled, count);
    largeFilled += count;
    return from + count;
    //< phase 1
  }

  /**
   * The next request, or null when its end has not arrived. An empty array is an empty request,
   * which means nothing.
   */
  public byte @Nullable [][] next() throws ProtocolException {
    if (expected == 0) {
      if (at == end) {
        return null;
      }
      inline = buffer[at] != '*';
      if (inline) {
        return inline();
      }
      if (!arrayHead()) {
        return null;
      }
      if (expected == 0) {
        consumed = 0;
        return NONE;
      }
    }
    while (read < expected) {
      if (!argument()) {
        return null;
      }
    }
    return finished();
  }

  private byte[][] finished() {
    assert length < 0 : "an argument was begun that nobody has promised";
    byte[][] request =
        arguments.length == expected ? arguments : Arrays.copyOf(arguments, expected);
    arguments = NONE;
    expected = 0;
    read = 0;
    pendingBytes = 0;
    consumed = 0;
    releaseLarge();
    return request;
  }

  /** What was needed for a large value is not kept for small ones. */
  private void releaseLarge() {
    if (at == end && buffer.length > LARGE_BYTES) {
      buffer = EMPTY;
      at = 0;
      end = 0;
    }
  }

  private boolean arrayHead() throws ProtocolException {
    //> phase 1: how many arguments may follow, and what is an array of none?
    int line = lineEnd("too big mbulk count string");
    if (line < 0) {
      return false;
    }
    long count = Numbers.isLong(buffer, at + 1, line) ? Numbers.toLong(buffer, at + 1, line) : -2;
    if (!Numbers.isLong(buffer, at + 1, line) || count > ARGUMENTS_MAX) {
      throw new ProtocolException("invalid multibulk length");
    }
    if (count > BEFORE_LOGIN_ARGUMENTS_MAX && !loggedIn) {
      throw new ProtocolException("unauthenticated multibulk length");
    }
    consumed = line + 2L - at;
    at = line + 2;
    expected = (int) Math.max(0, count); //~ negativeCount: expected = (int) count;
    read = 0;
    arguments = expected == 0 ? NONE : new byte[Math.min(expected, KEPT_ARGUMENTS)][];
    return true;
    //< phase 1
  }

  private boolean argument() throws ProtocolException {
    //> phase 1: what if only half of it has arrived?
    if (length < 0 && !argumentHead()) {
      return false;
    }
    byte[] value;
    if (large != null) {
      boolean ends = end - at >= 2;
      if (largeFilled < length || !ends) {
        return false;
      }
      value = large;
      consumed += length;
      assert value.length >= length : "filled, but shorter than promised";
      value = value.length == length ? value : Arrays.copyOf(value, length);
      large = null; //~ keepsTheLarge: assert read >= 0;
    } else {
      if (end - at < length + 2) { //~ forgetsTheEndOfLine: if (end - at < length) {
        return false;
      }
      value = Arrays.copyOfRange(buffer, at, at + length);
      at += length;
      consumed += length;
    }
    consumed += 2;
    at += 2; // Redis does not look at these two either
    if (read == arguments.length) {
      arguments = Arrays.copyOf(arguments, (int) Math.min(expected, read * 2L));
    }
    arguments[read++] = value;
    pendingBytes += length;
    length = -1;
    return true;
    //< phase 1
  }

  private boolean argumentHead() throws ProtocolException {
    //> phase 1: which lengths are refused before a byte is stored?
    if (at == end) {
      return false;
    }
    int line = lineEnd("too big bulk count string");
    if (line < 0) {
      return false;
    }
    if (buffer[at] != '$') {
      throw new ProtocolException("expected '$', got '" + printable(buffer[at]) + "'");
    }
    long bytes = Numbers.isLong(buffer, at + 1, line) ? Numbers.toLong(buffer, at + 1, line) : -1;
    if (bytes < 0 || bytes > bulkBytesMax) { //~ anyLength: if (bytes < 0) {
      throw new ProtocolException("invalid bulk length");
    }
    if (bytes > BEFORE_LOGIN_BYTES_MAX && !loggedIn) {
      throw new ProtocolException("unauthenticated bulk length");
    }
    consumed += line + 2 - at;
    at = line + 2;
    length = (int) bytes;
    if (length >= LARGE_BYTES) {
      beginLarge();
    }
    return true;
    //< phase 1
  }

  private void beginLarge() {
    int there = Math.min(length, end - at);
    large = Arrays.copyOfRange(buffer, at, at + Math.max(there, Math.min(length, LARGE_BYTES)));
    largeFilled = there;
    at += there;
    releaseLarge();
  }

  private static char printable(byte b) {
    return (char) (b & 0xff);
  }

  /** Where the carriage return of the line at {@link #at} is, or -1 if it has not arrived. */
  private int lineEnd(String tooLong) throws ProtocolException {
    //> phase 1: what if the line feed has not arrived yet?
    for (int i = at; i < end; i++) {
      if (buffer[i] == '\r') {
        return i + 1 < end ? i : -1; //~ halfALineEnd: return i;
      }
    }
    if (end - at > INLINE_BYTES_MAX) {
      throw new ProtocolException(tooLong);
    }
    return -1;
    //< phase 1
  }

  private byte @Nullable [][] inline() throws ProtocolException {
    //> phase 1: where does a line end that was typed by hand?
    int newline = at;
    while (newline < end && buffer[newline] != '\n') {
      newline++;
    }
    if (newline == end) {
      if (end - at > INLINE_BYTES_MAX) {
        throw new ProtocolException("too big inline request");
      }
      return null;
    }
    int stop = newline > at && buffer[newline - 1] == '\r' ? newline - 1 : newline;
    byte[] line = Arrays.copyOfRange(buffer, at, stop);
    at = newline + 1;
    List<byte[]> words = Words.split(line);
    if (words == null) {
      throw new ProtocolException("unbalanced quotes in request");
    }
    return words.toArray(NONE);
    //< phase 1
  }

  /** Bytes that are held: those of an unfinished request, and what came behind it. */
  public long heldBytes() {
    return pendingBytes + largeFilledOrNone() + (end - at);
  }

  /** Bytes since the end of the last whole request. */
  public long heldBytesExactly() {
    assert consumed >= 0 && (consumed == 0 || expected > 0)
        : "only an unfinished request has taken";
    return consumed + largeFilledOrNone() + (end - at);
  }

  private int largeFilledOrNone() {
    return large == null ? 0 : largeFilled;
  }

  /** Whether the request that came last was a line typed by hand. */
  public boolean wasInline() {
    return inline;
  }

  /** Size of the buffer, for {@code CLIENT LIST}. */
  public int bufferBytes() {
    return buffer.length;
  }

  /** Bytes in the buffer that are no request yet. */
  public int unreadBytes() {
    return end - at;
  }

  /** Bytes that came last, as {@code CLIENT LIST} shows them: with those of the running request. */
  public int shownBytes() {
    return large == null ? end : largeFilled + (end - at);
  }

  /** Memory of all that is held here. */
  public long memoryBytes() {
    return buffer.length + (large == null ? 0 : large.length) + pendingBytes;
  }

  /** Gives the memory back when nothing is in it. */
  public void shrink() {
    if (at == end && buffer.length > 0) {
      buffer = EMPTY;
      at = 0;
      end = 0;
    }
  }

  /** Words of an inline request or of a configuration line, with C-like quotes. */
  public static final class Words {
    private Words() {}

    /** The word in quotes, as {@link #split} reads it. */
    public static String quoted(byte[] bytes) {
      var text = new StringBuilder("\"");
      for (byte b : bytes) {
        char c = (char) (b & 0xff);
        switch (c) {
          case '\\', '"' -> text.append('\\').append(c);
          case '\n' -> text.append("\\n");
          case '\r' -> text.append("\\r");
          case '\t' -> text.append("\\t");
          case 7 -> text.append("\\a");
          case '\b' -> text.append("\\b");
          default -> {
            if (c >= 32 && c < 127) {
              text.append(c);
            } else {
              text.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
            }
          }
        }
      }
      return text.append('"').toString();
    }

    /** The words, or null if a quote does not end or is not followed by white space. */
    public static @Nullable List<byte[]> split(byte[] line) {
      var words = new ArrayList<byte[]>();
      int i = 0;
      while (true) {
        while (i < line.length && isSpace(line[i])) {
          i++;
        }
        if (i == line.length) {
          return words;
        }
        var word = new Word(line, i);
        if (!word.read()) {
          return null;
        }
        words.add(word.bytes());
        i = word.at;
      }
    }

    static boolean isSpace(byte b) {
      return b == ' ' || b >= 9 && b <= 13;
    }
  }

  private static final class Word {
    private final byte[] line;
    private int at;
    private byte[] text = new byte[16];
    private int size;

    Word(byte[] line, int at) {
      this.line = line;
      this.at = at;
    }

    byte[] bytes() {
      return Arrays.copyOf(text, size);
    }

    private void add(int b) {
      if (size == text.length) {
        text = Arrays.copyOf(text, size * 2);
      }
      text[size++] = (byte) b;
    }

    boolean read() {
      while (at < line.length && !Words.isSpace(line[at]) && line[at] != 0) {
        byte b = line[at];
        if (b == '"' || b == '\'') {
          at++;
          return b == '"' ? doubleQuoted() : singleQuoted();
        }
        add(b);
        at++;
      }
      if (at < line.length && line[at] == 0) {
        at = line.length;
      }
      return true;
    }

    private boolean ended() {
      at++;
      return at == line.length || Words.isSpace(line[at]);
    }

    private boolean singleQuoted() {
      //> phase 1: the only escape here is that of the quote itself
      while (at < line.length) {
        if (line[at] == '\'') {
          return ended();
        }
        if (line[at] == '\\' && at + 1 < line.length && line[at + 1] == '\'') {
          at++;
        }
        add(line[at++]);
      }
      return false;
      //< phase 1
    }

    private boolean doubleQuoted() {
      //> phase 1: which bytes mean something between double quotes, and what must follow them?
      while (at < line.length) {
        byte b = line[at];
        if (b == '"') {
          return ended();
        }
        if (b == '\\' && at + 1 < line.length) {
          escape();
        } else {
          add(b);
          at++;
        }
      }
      return false;
      //< phase 1
    }

    private void escape() {
      byte b = line[at + 1];
      if (b == 'x' && at + 3 < line.length && hex(line[at + 2]) >= 0 && hex(line[at + 3]) >= 0) {
        add(hex(line[at + 2]) << 4 | hex(line[at + 3]));
        at += 4;
        return;
      }
      add(
          switch (b) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'b' -> '\b';
            case 'a' -> 7;
            default -> b;
          });
      at += 2;
    }

    private static int hex(byte b) {
      return Character.digit(b, 16);
    }
  }
}
