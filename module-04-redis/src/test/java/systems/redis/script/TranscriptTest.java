package systems.redis.script;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.redis.resp.Reply;

/** Scripts and what a real server of version 7.0.15 replied to them, byte for byte. */
@Tag("phase-6")
class TranscriptTest {
  private static final int SHOWN_MAX = 8;

  @Test
  void repliesCrossTheBorderAsInRedis() throws Exception {
    check("replies.txt");
  }

  @Test
  void errorsAreWordedAndPlacedAsInRedis() throws Exception {
    check("errors.txt");
  }

  @Test
  void theLanguageIsLua51() throws Exception {
    check("language.txt");
  }

  @Test
  void stringsTablesAndNumbersAreAsInC() throws Exception {
    check("libraries.txt");
  }

  @Test
  void cjsonIsAsInRedis() throws Exception {
    check("cjson.txt");
  }

  @Test
  void cmsgpackIsAsInRedis() throws Exception {
    check("cmsgpack.txt");
  }

  @Test
  void structIsAsInRedis() throws Exception {
    check("struct.txt");
  }

  @Test
  void bitIsAsInRedis() throws Exception {
    check("bit.txt");
  }

  /** On a thread like the server's. */
  private static void check(String file) throws Exception {
    var run =
        new FutureTask<>(() -> {
          checkHere(file);
          return true;
        });
    new Thread(null, run, "scripts", LuaRuntime.STACK_BYTES).start();
    try {
      run.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AssertionError differs) {
        throw differs;
      }
      throw e;
    }
  }

  private static void checkHere(String file) {
    List<String> wrong = new ArrayList<>();
    var lua = new LuaJ();
    int count = 0;
    for (String block : read(file).split("\n\n")) {
      if (!block.startsWith("#")) {
        compare(lua, block, wrong);
        count++;
      }
    }
    assertThat(wrong.stream().limit(SHOWN_MAX))
        .as("%d of %d scripts in %s differ from Redis", wrong.size(), count, file)
        .isEmpty();
  }

  private static void compare(LuaJ lua, String block, List<String> wrong) {
    boolean three = block.startsWith("@3\n");
    int end = block.lastIndexOf("\n= ");
    String script = block.substring(three ? 3 : 0, Math.max(end, three ? 3 : 0));
    String expected = block.substring(end + 3).replaceFirst("\n$", "");
    String found = run(lua, script, three ? 3 : 2);
    if (!found.equals(expected)) {
      wrong.add("\n" + script + "\n  expected " + expected + "\n  found    " + found);
    }
  }

  private static String run(LuaJ lua, String script, int version) {
    var out = new Reply();
    out.version(version);
    byte[] code = script.getBytes(ISO_8859_1);
    try {
      lua.compile(code, "user_script")
          .run(new Fixture(), words("key1", "key2"), words("arg1", "arg2"), out);
    } catch (ScriptException e) {
      out.clear();
      boolean compiled = !e.text().startsWith("ERR Error compiling");
      String place = e.place() == null ? "" : ", on " + e.place() + ".";
      out.error(e.text() + (compiled ? " script: " + sha1(code) + place : ""));
    } catch (RuntimeException | AssertionError e) {
      return e.toString() + e.getStackTrace()[0];
    }
    return escaped(out.toBytes());
  }

  private static byte[][] words(String... words) {
    byte[][] bytes = new byte[words.length][];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = words[i].getBytes(ISO_8859_1);
    }
    return bytes;
  }

  private static String sha1(byte[] code) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(code));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("each Java has SHA-1", e);
    }
  }

  private static String escaped(byte[] reply) {
    var text = new StringBuilder();
    for (int i = 0; i < reply.length - 2; i++) {
      int c = reply[i] & 0xff;
      if (c == '\r' && reply[i + 1] == '\n') {
        text.append("\\n");
        i++;
      } else if (c == '\\') {
        text.append("\\\\");
      } else if (c >= 32 && c < 127) {
        text.append((char) c);
      } else {
        text.append(String.format("\\x%02x", c));
      }
    }
    return text.toString();
  }

  private static String read(String file) {
    try (InputStream in = TranscriptTest.class.getResourceAsStream(file)) {
      assertThat(in).as("resource %s", file).isNotNull();
      return new String(in.readAllBytes(), ISO_8859_1);
    } catch (IOException e) {
      throw new AssertionError("cannot read " + file, e);
    }
  }
}
