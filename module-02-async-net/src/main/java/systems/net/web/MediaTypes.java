package systems.net.web;

import java.net.URLConnection;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Media types of files by their extension, and which of them get smaller when compressed. */
final class MediaTypes {
  static final String UNKNOWN = "application/octet-stream";

  /** What the web is made of; the JDK's table is asked for the rest. */
  private static final Map<String, String> BY_EXTENSION =
      Map.ofEntries(
          Map.entry("html", "text/html; charset=utf-8"),
          Map.entry("htm", "text/html; charset=utf-8"),
          Map.entry("css", "text/css; charset=utf-8"),
          Map.entry("js", "text/javascript; charset=utf-8"),
          Map.entry("mjs", "text/javascript; charset=utf-8"),
          Map.entry("txt", "text/plain; charset=utf-8"),
          Map.entry("md", "text/markdown; charset=utf-8"),
          Map.entry("csv", "text/csv; charset=utf-8"),
          Map.entry("json", "application/json"),
          Map.entry("xml", "application/xml"),
          Map.entry("svg", "image/svg+xml"),
          Map.entry("wasm", "application/wasm"),
          Map.entry("webp", "image/webp"),
          Map.entry("ico", "image/x-icon"),
          Map.entry("woff2", "font/woff2"),
          Map.entry("gz", "application/gzip"));

  private static final Set<String> COMPRESSIBLE =
      Set.of(
          "application/json",
          "application/javascript",
          "application/xml",
          "application/wasm",
          "application/x-ndjson");

  private MediaTypes() {}

  static String of(String fileName) {
    String extension = fileName.substring(fileName.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    String known = BY_EXTENSION.get(extension);
    if (known != null) {
      return known;
    }
    @Nullable String guess = URLConnection.guessContentTypeFromName(fileName);
    return guess == null ? UNKNOWN : guess;
  }

  /** Whether it is text in some form; images, archives and films are compressed already. */
  static boolean isCompressible(String mediaType) {
    int parameters = mediaType.indexOf(';');
    String bare = parameters < 0 ? mediaType : mediaType.substring(0, parameters);
    String type = bare.strip().toLowerCase(Locale.ROOT);
    return type.startsWith("text/")
        || type.endsWith("+json")
        || type.endsWith("+xml")
        || COMPRESSIBLE.contains(type);
  }
}
