package systems.benchmarks.redis;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import systems.benchmarks.contest.Servers;

/**
 * Commands as redis-benchmark sends them, on 100,000 random keys, fields or members, with values of
 * three bytes: those of its own tests of these names, and XADD, for which it has none. A command is
 * given in words, so that nothing else is in the measurement.
 */
enum Loads {
  /** The ten of which the figures are geometric means. */
  TEN(
      List.of(
          List.of("SET", "key:__rand_int__", "xxx"),
          List.of("GET", "key:__rand_int__"),
          List.of("INCR", "counter:__rand_int__"),
          List.of("LPUSH", "list", "xxx"),
          List.of("HSET", "hash", "element:__rand_int__", "xxx"),
          List.of("SADD", "set", "element:__rand_int__"),
          List.of("ZADD", "zset", "0", "element:__rand_int__"),
          List.of("XADD", "stream", "MAXLEN", "~", "100000", "*", "field", "xxx"),
          List.of("LRANGE", "hundred", "0", "99"),
          pairs())),
  /** One write. */
  SET(List.of(List.of("SET", "key:__rand_int__", "xxx"))),
  /** One read. */
  GET(List.of(List.of("GET", "key:__rand_int__"))),
  /** The same from a script. */
  EVAL(List.of(List.of("EVAL", "return redis.call('GET', KEYS[1])", "1", "key:__rand_int__")));

  static final int CONNECTIONS = 50;
  static final int KEYS = 100_000;

  @SuppressWarnings("ImmutableEnumChecker") // lists that nobody can change
  private final List<List<String>> commands;

  Loads(List<List<String>> commands) {
    this.commands = List.copyOf(commands);
  }

  private static List<String> pairs() {
    List<String> words = new ArrayList<>(List.of("MSET"));
    for (int i = 0; i < 10; i++) {
      words.addAll(List.of("key:__rand_int__", "xxx"));
    }
    return List.copyOf(words);
  }

  List<List<String>> commands() {
    return commands;
  }

  /** What commands read has to be there. */
  static void fill(Program server) throws IOException {
    try (var client = new Connection(server.address())) {
      client.pipeline(KEYS, i -> new String[] {"SET", "key:%012d".formatted(i), "xxx"});
      client.pipeline(100, _ -> new String[] {"RPUSH", "hundred", "xxx"});
    }
  }

  /**
   * Has redis-benchmark send a command so often.
   *
   * @return requests a second, as it says
   */
  static double run(Program server, List<String> request, int depth, int count)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(Servers.find("redis-benchmark").toString()));
    command.addAll(List.of("-p", Integer.toString(server.port()), "--csv"));
    command.addAll(List.of("-c", Integer.toString(CONNECTIONS), "-P", Integer.toString(depth)));
    command.addAll(List.of("-n", Integer.toString(count), "-r", Integer.toString(KEYS)));
    command.addAll(request);
    if (!server.isAlive()) {
      throw new IOException("the server has ended before it was loaded");
    }
    Path output = server.folder().resolve("load.txt");
    Program.run(command, output);
    return rate(Files.readString(output, StandardCharsets.ISO_8859_1));
  }

  /** The last line: {@code "title","rate","mean ms",...}; an error reply makes it say so. */
  private static double rate(String told) throws IOException {
    String last = told.strip().lines().reduce("", (_, line) -> line);
    String[] fields = last.split("\",\"");
    if (fields.length < 8 || told.contains("Error")) {
      throw new IOException("redis-benchmark says: " + told.strip());
    }
    return Double.parseDouble(fields[fields.length - 7]);
  }
}
