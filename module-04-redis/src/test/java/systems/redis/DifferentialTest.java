package systems.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random commands to a real Redis and to ours: each reply is equal, byte for byte. */
@Tag("phase-5")
final class DifferentialTest {
  @TempDir Path folder;

  private static final String[] KEYS = {"a", "b", "c", "d"};
  private static final String[] VALUES = {
    "1",
    "2",
    "-7",
    "10",
    "hello",
    "",
    "x",
    "3.5",
    "inf",
    "9223372036854775807",
    "aaaaaaaaaabbbbbbbbbbccccc",
    "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"
  };

  /** Commands whose replies are the same for the same data. */
  private static final List<Function<Random, String[]>> COMMANDS =
      List.of(
          r -> new String[] {"SET", key(r), value(r)},
          r -> new String[] {"GET", key(r)},
          r -> new String[] {"SET", key(r), value(r), "NX", "GET"},
          r -> new String[] {"APPEND", key(r), value(r)},
          r -> new String[] {"INCRBY", key(r), value(r)},
          r -> new String[] {"INCRBYFLOAT", key(r), value(r)},
          r -> new String[] {"GETRANGE", key(r), index(r), index(r)},
          r -> new String[] {"SETRANGE", key(r), number(r), value(r)},
          r -> new String[] {"STRLEN", key(r)},
          r -> new String[] {"SETBIT", key(r), number(r), r.nextBoolean() ? "1" : "0"},
          r -> new String[] {"BITCOUNT", key(r), index(r), index(r)},
          r -> new String[] {"BITPOS", key(r), "1", index(r), index(r)},
          r ->
              new String[] {
                "BITFIELD", key(r), "INCRBY", "u5", number(r), value(r), "GET", "i8", "0"
              },
          r -> new String[] {"LPUSH", key(r), value(r), value(r)},
          r -> new String[] {"RPUSH", key(r), value(r)},
          r -> new String[] {"LPOP", key(r), number(r)},
          r -> new String[] {"LRANGE", key(r), index(r), index(r)},
          r -> new String[] {"LINSERT", key(r), "BEFORE", value(r), value(r)},
          r -> new String[] {"LREM", key(r), index(r), value(r)},
          r -> new String[] {"LPOS", key(r), value(r), "COUNT", "0"},
          r -> new String[] {"LSET", key(r), index(r), value(r)},
          r -> new String[] {"LTRIM", key(r), index(r), index(r)},
          r -> new String[] {"LMOVE", key(r), key(r), "LEFT", "RIGHT"},
          r -> new String[] {"SADD", key(r), number(r), number(r)},
          r -> new String[] {"SISMEMBER", key(r), number(r)},
          r -> new String[] {"SCARD", key(r)},
          r -> new String[] {"SINTERCARD", "2", key(r), key(r)},
          r -> new String[] {"HSET", key(r), number(r), value(r)},
          r -> new String[] {"HGET", key(r), number(r)},
          r -> new String[] {"HINCRBY", key(r), number(r), value(r)},
          r -> new String[] {"HMGET", key(r), number(r), number(r)},
          r -> new String[] {"HDEL", key(r), number(r)},
          r -> new String[] {"ZADD", key(r), value(r), number(r)},
          r -> new String[] {"ZADD", key(r), "GT", "CH", value(r), number(r)},
          r -> new String[] {"ZINCRBY", key(r), value(r), number(r)},
          r -> new String[] {"ZRANGE", key(r), index(r), index(r), "WITHSCORES"},
          r ->
              new String[] {
                "ZRANGEBYSCORE", key(r), "(" + number(r), "+inf", "LIMIT", "0", number(r)
              },
          r -> new String[] {"ZRANK", key(r), number(r)},
          r -> new String[] {"ZPOPMIN", key(r)},
          r -> new String[] {"ZUNION", "2", key(r), key(r), "WITHSCORES"},
          r -> new String[] {"ZREMRANGEBYRANK", key(r), index(r), index(r)},
          r -> new String[] {"XADD", key(r), number(r) + "-" + number(r), "f", value(r)},
          r -> new String[] {"XRANGE", key(r), "-", "+", "COUNT", number(r)},
          r -> new String[] {"XLEN", key(r)},
          r -> new String[] {"GEOADD", key(r), "13.36", "38.11", number(r)},
          r -> new String[] {"GEOPOS", key(r), number(r)},
          r -> new String[] {"PFADD", key(r), value(r), number(r)},
          r -> new String[] {"PFCOUNT", key(r), key(r)},
          r -> new String[] {"TYPE", key(r)},
          r -> new String[] {"OBJECT", "ENCODING", key(r)},
          r -> new String[] {"DEL", key(r)},
          r -> new String[] {"RENAME", key(r), key(r)},
          r -> new String[] {"COPY", key(r), key(r), "REPLACE"},
          r -> new String[] {"EXPIRE", key(r), "1000", "NX"},
          r -> new String[] {"PERSIST", key(r)},
          r -> new String[] {"SORT", key(r), "ALPHA", "DESC"},
          r -> new String[] {"DBSIZE"},
          r -> new String[] {"DUMP", "none"},
          r -> new String[] {"NOSUCH", value(r)},
          r -> new String[] {"GET"},
          r -> new String[] {"LCS", key(r), key(r), "IDX"});

  private static String key(Random r) {
    return KEYS[r.nextInt(KEYS.length)];
  }

  private static String value(Random r) {
    return VALUES[r.nextInt(VALUES.length)];
  }

  private static String number(Random r) {
    return Integer.toString(r.nextInt(12));
  }

  private static String index(Random r) {
    return Integer.toString(r.nextInt(9) - 4);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void everyReplyIsTheRealOnes(int protocol) throws Exception {
    RealRedis.assumeInstalled();
    try (RealRedis real = RealRedis.start(folder, "--save", "");
        Ours ours = Ours.start(folder)) {
      int sequences = Effort.of(60, 10);
      for (int seed = 0; seed < sequences; seed++) {
        compare(real.port(), ours.port(), protocol, seed);
      }
    }
  }

  /** The last commands that named the last one's key. */
  private static String told(List<String> said, String[] words) {
    String key = words.length > 1 ? words[words[0].equals("OBJECT") ? 2 : 1] : "";
    List<String> about =
        said.stream().filter(line -> (line + " ").contains(" " + key + " ")).toList();
    return String.join("\n", about.subList(Math.max(0, about.size() - 20), about.size()));
  }

  private static void compare(int real, int ours, int protocol, int seed) throws IOException {
    var random = new Random(seed);
    List<String> said = new ArrayList<>();
    try (Wire a = new Wire(real);
        Wire b = new Wire(ours)) {
      for (Wire wire : List.of(a, b)) {
        wire.call("HELLO", Integer.toString(protocol));
        wire.call("FLUSHALL");
      }
      for (int i = 0; i < 200; i++) {
        String[] words = COMMANDS.get(random.nextInt(COMMANDS.size())).apply(random);
        said.add(String.join(" ", words));
        assertThat(b.call(words))
            .as("seed %d, after:%n%s%n", seed, told(said, words))
            .isEqualTo(a.call(words));
      }
      assertThat(b.call("DEBUG", "DIGEST"))
          .as("digest after seed %d", seed)
          .isEqualTo(a.call("DEBUG", "DIGEST"));
    }
  }
}
