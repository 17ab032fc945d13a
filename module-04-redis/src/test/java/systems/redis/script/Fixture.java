package systems.redis.script;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Locale;
import systems.redis.resp.Reply;

/** A server as small as the transcripts need it: a few values that stand, and a few errors. */
final class Fixture implements RedisApi {
  private int version = 2;
  private int looks;
  private int looksMax = Integer.MAX_VALUE;

  /** Kills the script at the given look. */
  static Fixture killingAt(int look) {
    var fixture = new Fixture();
    fixture.looksMax = look;
    return fixture;
  }

  int looks() {
    return looks;
  }

  @Override
  public byte[] call(byte[][] words) {
    var out = new Reply();
    out.version(version);
    String name = text(words[0]).toLowerCase(Locale.ROOT);
    switch (name) {
      case "ping" -> out.pong();
      case "echo" -> out.bulk(words[1]);
      case "get" -> get(words, out);
      case "incr" -> incr(text(words[1]), out);
      case "lrange" -> {
        out.array(3);
        out.bulk("a");
        out.bulk("b");
        out.bulk("c");
      }
      case "smembers" -> {
        out.set(1);
        out.bulk("m");
      }
      case "hgetall" -> {
        out.map(1);
        out.bulk("a");
        out.bulk("1");
      }
      case "zscore" -> out.real(1.5);
      case "subscribe", "eval" -> out.error("ERR This Redis command is not allowed from script");
      default -> out.error("ERR Unknown Redis command called from script");
    }
    return out.toBytes();
  }

  private static void get(byte[][] words, Reply out) {
    if (words.length != 2) {
      out.error("ERR Wrong number of args calling Redis command from script");
    } else if (text(words[1]).equals("k")) {
      out.bulk("v");
    } else {
      out.nil();
    }
  }

  private static void incr(String key, Reply out) {
    if (key.equals("n")) {
      out.integer(11);
    } else {
      out.error("ERR value is not an integer or out of range");
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, ISO_8859_1);
  }

  @Override
  public void failed(String error) {}

  @Override
  public int version() {
    return version;
  }

  @Override
  public void version(int v) {
    version = v;
  }

  @Override
  public void log(int level, byte[] text) {}

  @Override
  public void setReplication(int flags) {}

  @Override
  public boolean isAllowed(byte[][] words) {
    if (text(words[0]).equals("nosuch")) {
      throw new IllegalArgumentException("no such command");
    }
    return true;
  }

  @Override
  public void check() {
    if (++looks >= looksMax) {
      throw new ScriptKilled("killed at look " + looks);
    }
  }
}
