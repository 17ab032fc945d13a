package systems.net.web;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import systems.net.http.HttpDate;
import systems.net.http.Method;
import systems.net.http.Request;
import systems.net.http.Response;

/**
 * The files below a directory: {@code router.get("/files/{path...}", new StaticFiles(...))}.
 *
 * <pre>
 *   segments   names only  -->  path  -->  real path, below the root?  -->  regular file?
 *                 | 404                        | 404                           | 404; a directory:
 *                                                                              | its index.html
 *   file  -->  representation: as it is | its .gz beside it | compressed on the way
 *         -->  preconditions: 304, 412
 *         -->  Range: 206 one part | 206 multipart/byteranges | 416
 * </pre>
 *
 * <ol>
 *   <li>A segment is the name of one entry: not empty, no slash, backslash, colon or NUL in it, and
 *       no dot before it (such files are configuration, and sometimes secrets).
 *   <li>The file that is opened is the one whose real path, all links followed, lies below the real
 *       path of the root; and its last component is not followed again.
 *   <li>Only regular files are opened: to open a pipe would block the loop until someone writes.
 *   <li>What is not there and what must not be seen are the same 404.
 * </ol>
 *
 * <p><b>Validators.</b> The tag is made of size, time of modification in nanoseconds, and the key
 * of the file (an inode). File systems stamp with the clock of a tick, so that two changes within
 * one are not told apart: a tag younger than {@link #SETTLED_NANOS} is a weak one (RFC 9110
 * §8.8.1), and a range with If-Range then gets the whole.
 *
 * <p><b>Blocking.</b> Looking up and opening a file block the loop for as long as the disk takes;
 * for files that are used it is the kernel's cache, some microseconds. Large trees on slow disks
 * belong on the engine of virtual threads.
 */
public final class StaticFiles implements Router.Route {
  /** Within this time after a change there may be another that leaves the same stamp. */
  private static final long SETTLED_NANOS = 2_000_000_000L;

  /** Compressing goes on in the loop; what is longer is sent as it is. */
  private static final long COMPRESSED_BYTES_MAX = 4L << 20;

  private static final String INDEX = "index.html";

  private final Path root;
  private final Gzip gzip;
  private final InstantSource clock;

  /**
   * @param root a directory that is there
   * @param gzip compresses texts that have no .gz beside them
   * @param clock tells which files have changed just now
   */
  public StaticFiles(Path root, Gzip gzip, InstantSource clock) throws IOException {
    this.root = root.toRealPath();
    this.gzip = gzip;
    this.clock = clock;
    if (!Files.isDirectory(this.root)) {
      throw new FileSystemException(root.toString(), null, "is no directory");
    }
  }

  /** A file as it was found. */
  private record Found(Path path, BasicFileAttributes attributes) {}

  /**
   * What is sent of it.
   *
   * @param coding of the file, or of what is made of it
   */
  private record Representation(
      Found file, String mediaType, Coding coding, Conditions.Validators validators) {
    long length() {
      return file.attributes.size();
    }
  }

  private enum Coding {
    PLAIN,
    /** The file is compressed. */
    PACKED,
    /** It is compressed on the way. */
    STREAMED
  }

  @Override
  public void handle(Request request, Response response, Router.Match match) throws IOException {
    serve(request, response, match.tail());
  }

  /**
   * Answers with the file at the end of these segments, decoded; an empty last one is the index.
   */
  public void serve(Request request, Response response, List<String> segments) throws IOException {
    if (!isRead(request)) {
      response.header("Allow", "GET, HEAD");
      Refused.answer(response, 405);
      return;
    }
    boolean wantsDirectory = segments.isEmpty() || segments.getLast().isEmpty();
    Found found = find(wantsDirectory ? withIndex(segments) : segments);
    if (found == null) {
      Refused.answer(response, 404);
    } else if (found.attributes.isDirectory()) {
      redirect(request, response);
    } else if (found.attributes.isRegularFile()) {
      serve(request, response, found);
    } else {
      Refused.answer(response, 404);
    }
  }

  private static boolean isRead(Request request) {
    return request.method().equals(Method.GET) || request.method().equals(Method.HEAD);
  }

  private static List<String> withIndex(List<String> segments) {
    var file = new ArrayList<>(segments);
    if (!file.isEmpty()) {
      file.removeLast();
    }
    file.add(INDEX);
    return file;
  }

  /** A directory without a slash: relative links in its index would point beside it. */
  private static void redirect(Request request, Response response) {
    String query = request.query() == null ? "" : "?" + request.query();
    response.status(308).header("Location", request.path() + "/" + query).send();
  }

  /** What is at the end of the names, if it may be seen. */
  private @Nullable Found find(List<String> names) throws IOException {
    //> phase 5: a name, a link, a loop of links: what leads out of the root?
    if (!names.stream().allMatch(StaticFiles::isName)) { //~ anyName: if (names.isEmpty()) {
      return null;
    }
    try {
      Path path = root.resolve(String.join("/", names)).toRealPath();
      if (!path.startsWith(root)) { //~ followsLinksOut: if (!path.isAbsolute()) {
        return null;
      }
      return new Found(path, attributes(path));
    } catch (FileSystemException | InvalidPathException notThere) {
      return null;
    }
    //< phase 5
  }

  private static boolean isName(String segment) {
    boolean isPlain = segment.chars().noneMatch(c -> c < ' ' || c == '/' || c == '\\' || c == ':');
    return isPlain && !segment.isEmpty() && !segment.startsWith(".");
  }

  private static BasicFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  private void serve(Request request, Response response, Found found) throws IOException {
    Representation sent = choose(request, found);
    Conditions.Validators validators = sent.validators;
    response
        .header("ETag", validators.tag())
        .header("Last-Modified", HttpDate.format(validators.modifiedSeconds()))
        .header("X-Content-Type-Options", "nosniff");
    if (MediaTypes.isCompressible(sent.mediaType)) {
      response.header("Vary", "Accept-Encoding");
    }
    long nowSeconds = clock.instant().getEpochSecond();
    switch (Conditions.of(true, request.headers(), validators, nowSeconds)) {
      case FAILED -> Refused.answer(response, 412);
      case NOT_MODIFIED -> response.status(304).send();
      case PROCEED -> send(request, response, sent);
    }
  }

  /** The file, or the compressed one beside it, or one compressed on the way. */
  private Representation choose(Request request, Found plain) throws IOException {
    String mediaType = MediaTypes.of(plain.path.getFileName().toString());
    if (MediaTypes.isCompressible(mediaType) && AcceptEncoding.wantsGzip(request.headers())) {
      Found packed = beside(plain);
      if (packed != null) {
        return new Representation(packed, mediaType, Coding.PACKED, validators(packed, "-gz"));
      }
    }
    Conditions.Validators validators = validators(plain, "");
    long length = plain.attributes.size();
    boolean isStreamed =
        length <= COMPRESSED_BYTES_MAX
            && !request.headers().contains("Range")
            && gzip.isWorth(request, mediaType, length);
    if (!isStreamed) {
      return new Representation(plain, mediaType, Coding.PLAIN, validators);
    }
    String tag = Gzip.packedTag(validators.tag());
    var packed = new Conditions.Validators(tag, validators.modifiedSeconds());
    return new Representation(plain, mediaType, Coding.STREAMED, packed);
  }

  /** The same file compressed, if it is there and not older. */
  private static @Nullable Found beside(Found plain) throws IOException {
    Path path = plain.path.resolveSibling(plain.path.getFileName() + ".gz");
    try {
      BasicFileAttributes attributes = attributes(path);
      int age = attributes.lastModifiedTime().compareTo(plain.attributes.lastModifiedTime());
      boolean isOlder = age < 0; //~ phase 5 sendsTheOldOne: boolean isOlder = false;
      return attributes.isRegularFile() && !isOlder ? new Found(path, attributes) : null;
    } catch (FileSystemException notThere) {
      return null;
    }
  }

  private Conditions.Validators validators(Found file, String mark) {
    //> phase 5: which change of the file would leave this tag as it is?
    Instant modified = file.attributes.lastModifiedTime().toInstant();
    String opaque =
        Long.toHexString(file.attributes.size())
            + "-"
            + Long.toHexString(modified.getEpochSecond() * 1_000_000_000L + modified.getNano())
            + "-"
            + Integer.toHexString(String.valueOf(file.attributes.fileKey()).hashCode());
    Instant due = modified.plusNanos(SETTLED_NANOS); //~ alwaysStrong: Instant due = modified;
    String tag = (due.isBefore(clock.instant()) ? "\"" : "W/\"") + opaque + mark + "\"";
    // a date in the future would be believed for ever (RFC 9110 §8.8.2.1)
    long seconds = Math.min(modified.getEpochSecond(), clock.instant().getEpochSecond());
    return new Conditions.Validators(tag, Math.max(0, seconds));
    //< phase 5
  }

  private void send(Request request, Response response, Representation sent) throws IOException {
    FileChannel file =
        FileChannel.open(sent.file.path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
    if (sent.coding == Coding.STREAMED) {
      response.header("Content-Type", sent.mediaType);
      Gzip.Body body = gzip.packed(request, response);
      if (body != null) {
        boolean isHead = request.method().equals(Method.HEAD);
        FileStream.send(file, response, body, isHead ? List.of() : whole(sent.length()));
        return;
      }
      response.header("ETag", validators(sent.file, "").tag()); // all compressors work
    }
    sendRanges(response, sent, file, slices(request, sent));
  }

  private static List<FileStream.Piece> whole(long length) {
    return length == 0
        ? List.of()
        : List.of(new FileStream.Piece.Part(new Ranges.Slice(0, length)));
  }

  /** The pieces that are asked for and may be sent; null for the whole. */
  private @Nullable List<Ranges.Slice> slices(Request request, Representation sent) {
    String range = request.header("Range");
    if (range == null || !request.method().equals(Method.GET)) { // §14.2: not for HEAD
      return null;
    }
    long nowSeconds = clock.instant().getEpochSecond();
    return Conditions.rangeHolds(request.headers(), sent.validators, nowSeconds)
        ? Ranges.of(range, sent.length())
        : null;
  }

  /**
   * @param slices null for the whole
   */
  private static void sendRanges(
      Response response, Representation sent, FileChannel file, @Nullable List<Ranges.Slice> slices)
      throws IOException {
    if (slices != null && slices.isEmpty()) {
      file.close();
      response.header("Content-Range", "bytes */" + sent.length());
      Refused.answer(response, 416);
      return;
    }
    response.header("Accept-Ranges", "bytes").header("Content-Type", sent.mediaType);
    if (sent.coding == Coding.PACKED) {
      response.header("Content-Encoding", "gzip");
    }
    boolean isUnclear = slices != null && slices.size() > 1 && sent.coding == Coding.PACKED;
    if (slices == null || isUnclear) { // would the coding be the parts' or the whole's?
      response.sendFile(file, 0, sent.length());
    } else if (slices.size() > 1) {
      sendParts(response, sent, file, slices);
    } else {
      Ranges.Slice only = slices.getFirst();
      response.status(206).header("Content-Range", only.of(sent.length()));
      response.sendFile(file, only.from(), only.count());
    }
  }

  /** Several ranges: each in a part of its own (RFC 9110 §14.6). */
  private static void sendParts(
      Response response, Representation sent, FileChannel file, List<Ranges.Slice> slices) {
    //> phase 5: the length is promised before the first part goes; what does it add up from?
    var random = ThreadLocalRandom.current();
    String boundary = Long.toHexString(random.nextLong()) + Long.toHexString(random.nextLong());
    var pieces = new ArrayList<FileStream.Piece>();
    long length = 0;
    String before = "--";
    for (Ranges.Slice slice : slices) {
      String head =
          before
              + boundary
              + "\r\nContent-Type: "
              + sent.mediaType
              + "\r\nContent-Range: "
              + slice.of(sent.length())
              + "\r\n\r\n";
      pieces.add(text(head));
      pieces.add(new FileStream.Piece.Part(slice));
      length += head.length() + slice.count(); //~ promisesTheHeadsOnly: length += head.length();
      before = "\r\n--";
    }
    String end = before + boundary + "--\r\n";
    pieces.add(text(end));
    String mediaType = "multipart/byteranges; boundary=" + boundary;
    response.status(206).header("Content-Type", mediaType).length(length + end.length());
    FileStream.send(file, response, Gzip.plain(response), pieces);
    //< phase 5
  }

  private static FileStream.Piece text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    assert bytes.length == text.length();
    return new FileStream.Piece.Text(bytes);
  }
}
