package systems.redis.tool;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import systems.redis.resp.RequestReader;
import systems.redis.server.ConfigFile;
import systems.redis.server.Launch;

/**
 * Starts the server, with the command line of redis-server, or the small client.
 *
 * <pre>
 *   redis [/path/to/redis.conf] [--option value ...]
 *   redis cli [-p port] [command ...]
 * </pre>
 */
public final class Main {
  private static final String HELP =
      """
      Usage: redis [/path/to/redis.conf] [options]
             redis - (reads the configuration from standard input)
             redis cli [-p port] [command ...] (a small client; without a command, one a line)

      Options are lines of redis.conf, each with two dashes before its name:
        --port 7777                     listen on this port; 0 for one that is free (default 6379)
        --bind 127.0.0.1                listen on this address only
        --dir /var/lib/redis            where dump.rdb and appendonlydir are
        --appendonly yes                keep every write, not only snapshots
        --save 60 1000                  snapshot after 60 seconds if 1000 keys have changed; "" for none
        --maxmemory 100mb --maxmemory-policy allkeys-lru
        --requirepass secret            clients have to log in
        --loglevel warning              debug, verbose, notice or warning
        --io-transport epoll            nio (default), epoll or io_uring

      Examples:
        redis
        redis /etc/redis/redis.conf --port 7777
        redis --port 0 --save "" --appendonly no
      """;

  private Main() {}

  /** Exit codes: 0 after SHUTDOWN or SIGTERM, 1 if it could not start; stderr says why. */
  public static void main(String[] args) {
    if (args.length == 1 && (args[0].equals("--help") || args[0].equals("-h"))) {
      System.out.print(HELP);
      return;
    }
    if (args.length == 1 && (args[0].equals("--version") || args[0].equals("-v"))) {
      System.out.println("Redis server v=7.0.15 sha=00000000:0 malloc=jvm bits=64 build=java");
      return;
    }
    try {
      if (args.length > 0 && args[0].equals("cli")) {
        Cli.run(List.of(args).subList(1, args.length), System.out);
        return;
      }
      Path file = null;
      int from = 0;
      List<String> lines = new ArrayList<>();
      if (args.length > 0 && args[0].equals("-")) {
        lines.addAll(new String(System.in.readAllBytes(), StandardCharsets.UTF_8).lines().toList());
        from = 1;
      } else if (args.length > 0 && !args[0].startsWith("-")) {
        file = Path.of(args[0]);
        if (!Files.isReadable(file)) {
          throw new IOException("can't open the configuration file '" + args[0] + "'");
        }
        from = 1;
      }
      lines.addAll(options(args, from));
      Launch.run(file, lines);
    } catch (IOException | ConfigFile.Malformed | IllegalArgumentException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  /**
   * {@code --name value value} as lines of redis.conf. The word behind a name is its value whatever
   * it looks like; {@code "--name value"} in one word is a line of its own.
   */
  static List<String> options(String[] args, int from) {
    List<String> lines = new ArrayList<>();
    var line = new StringBuilder();
    boolean wantsValue = false;
    for (int i = from; i < args.length; i++) {
      if (wantsValue || !isOption(args[i])) {
        line.append(line.isEmpty() ? "" : " ").append(quoted(args[i]));
        wantsValue = false;
        continue;
      }
      if (!line.isEmpty()) {
        lines.add(line.toString());
      }
      line = new StringBuilder(args[i].substring(2));
      boolean savesNothing =
          args[i].equals("--save") && (i + 1 == args.length || isOption(args[i + 1]));
      line.append(savesNothing ? " \"\"" : "");
      wantsValue = !savesNothing && args[i].strip().indexOf(' ') < 0;
    }
    if (!line.isEmpty()) {
      lines.add(line.toString());
    }
    return lines;
  }

  private static boolean isOption(String arg) {
    return arg.startsWith("--") && arg.length() > 2;
  }

  private static String quoted(String word) {
    return RequestReader.Words.quoted(word.getBytes(StandardCharsets.UTF_8));
  }
}
