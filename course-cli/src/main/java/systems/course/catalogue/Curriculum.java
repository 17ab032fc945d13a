package systems.course.catalogue;

import java.util.List;

/** The twelve modules of the course in their order, whether they stand in this checkout or not. */
public final class Curriculum {
  /**
   * One module as the course plans it.
   *
   * @param number 1 to 12
   * @param id the short name, the last part of the folder's name
   * @param system what is built
   * @param standard what real clients speak to it
   */
  public record Entry(int number, String id, String system, String standard) {
    public String folder() {
      return "module-%02d-%s".formatted(number, id);
    }
  }

  public static final List<Entry> MODULES =
      List.of(
          new Entry(
              1,
              "core",
              "cache, memory and lock-free primitives, columnar file processor",
              "JCache (JSR 107), LZ4, Apache Parquet"),
          new Entry(
              2,
              "async-net",
              "async runtime, HTTP server, reverse proxy",
              "HTTP/1.1, WebSocket, W3C trace context, Prometheus text"),
          new Entry(
              3,
              "kvstore",
              "log-structured key-value store",
              "RocksDB's on-disk format and ldb command line"),
          new Entry(4, "redis", "Redis clone", "RESP2/RESP3, RDB, AOF, PSYNC"),
          new Entry(5, "mq", "message queue", "Kafka wire protocol"),
          new Entry(6, "cache", "distributed cache", "memcached text and meta protocol"),
          new Entry(7, "objstore", "S3-like object store", "S3 REST and SigV4"),
          new Entry(8, "sqldb", "SQLite-like database", "SQLite 3 file format, JDBC"),
          new Entry(9, "interpreter", "compiler and interpreter", "Lua 5.4, JSR 223"),
          new Entry(
              10,
              "trading",
              "stock trading system (capstone)",
              "FIX 4.4, ITCH 5.0 over SoupBinTCP"),
          new Entry(
              11,
              "python-interop",
              "Java in Python, Python in Java",
              "CPython C API, buffer protocol, wheels"),
          new Entry(
              12,
              "ts-interop",
              "service, generated TypeScript client, WebAssembly",
              "OpenAPI 3.1, SSE and WebSocket, WebAssembly"));

  private Curriculum() {}
}
