package systems.course.exam;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Messages between the examiner and the room, over a socket of their own: what tests do to stdin
 * and stdout cannot disturb it.
 *
 * <pre>
 *   message  count:i32 field*count         the first field is the kind
 *   field    bytes:i32 UTF-8               bytes = -1: null
 * </pre>
 *
 * <p>Lists travel as one field of lines. Both ends are of the same build, so there is no version.
 * Sending is for any thread, receiving for one.
 */
final class Wire implements AutoCloseable {
  /** From the room: it stands; the token. */
  static final String READY = "ready";

  /** To the room: output, class path, source folders. */
  static final String COMPILE = "compile";

  /** From the room: error or warning, file, line, column, sentence. */
  static final String COMPLAINT = "complaint";

  /** From the room: whether classes were written. */
  static final String COMPILED = "compiled";

  /** To the room: class folders, selection, those already decided. */
  static final String EXAMINE = "examine";

  /** From the room: class, method, display name, tags of a method that will run. */
  static final String PLANNED = "planned";

  /** From the room: the plan is whole. */
  static final String BEGUN = "begun";

  /** From the room: class and method that runs now; method empty: what surrounds the methods. */
  static final String WITHIN = "within";

  /** From the room: a {@link Verdict}. */
  static final String VERDICT = "verdict";

  /** From the room, its last words: outcome, type, message, frames, output. */
  static final String DYING = "dying";

  /** From the room: the examination is over; why the room is unfit for another one, or nothing. */
  static final String DONE = "done";

  /** From the room: it could not do what it was asked; why. */
  static final String BROKEN = "broken";

  private static final int FIELDS_MAX = 16;
  private static final int FIELD_BYTES_MAX = 8 << 20;

  /** One message. */
  record Message(List<@Nullable String> fields) {
    String kind() {
      return text(0);
    }

    String text(int field) {
      String text = fields.get(field);
      return text == null ? "" : text;
    }

    @Nullable String nullable(int field) {
      return fields.get(field);
    }

    List<String> lines(int field) {
      return text(field).isEmpty() ? List.of() : List.of(text(field).split("\n"));
    }

    int number(int field) {
      return Integer.parseInt(text(field));
    }

    boolean yes(int field) {
      return Boolean.parseBoolean(text(field));
    }
  }

  private final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;

  Wire(Socket socket) throws IOException {
    this.socket = socket;
    socket.setTcpNoDelay(true);
    in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
  }

  static String lines(Iterable<?> items) {
    List<String> lines = new ArrayList<>();
    items.forEach(item -> lines.add(item.toString()));
    assert lines.stream().noneMatch(line -> line.isEmpty() || line.indexOf('\n') >= 0) : lines;
    return String.join("\n", lines);
  }

  synchronized void send(@Nullable String... fields) throws IOException {
    assert fields.length <= FIELDS_MAX && fields[0] != null : Arrays.toString(fields);
    out.writeInt(fields.length);
    for (String field : fields) {
      if (field == null) {
        out.writeInt(-1);
        continue;
      }
      byte[] bytes = field.getBytes(StandardCharsets.UTF_8);
      if (bytes.length > FIELD_BYTES_MAX) {
        throw new IOException("a field of %d bytes".formatted(bytes.length));
      }
      out.writeInt(bytes.length);
      out.write(bytes);
    }
    out.flush();
  }

  /**
   * Waits for the next message.
   *
   * @throws java.io.EOFException when the other end is gone
   * @throws java.net.SocketTimeoutException after {@link #patience}
   */
  Message receive() throws IOException {
    int count = bounded(in.readInt(), 1, FIELDS_MAX);
    List<@Nullable String> fields = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int bytes = bounded(in.readInt(), -1, FIELD_BYTES_MAX);
      fields.add(bytes < 0 ? null : new String(exactly(bytes), StandardCharsets.UTF_8));
    }
    return new Message(Collections.unmodifiableList(fields));
  }

  private byte[] exactly(int bytes) throws IOException {
    byte[] field = new byte[bytes];
    in.readFully(field);
    return field;
  }

  private static int bounded(int number, int min, int max) throws IOException {
    if (number < min || number > max) {
      throw new IOException("no message of the room: %d".formatted(number));
    }
    return number;
  }

  /** How long {@link #receive} waits. */
  void patience(Duration limit) throws IOException {
    socket.setSoTimeout(Math.toIntExact(Math.clamp(limit.toMillis(), 1, Integer.MAX_VALUE)));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
