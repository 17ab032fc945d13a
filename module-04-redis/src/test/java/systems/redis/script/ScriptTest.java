package systems.redis.script;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import systems.redis.WithServer;

/** Programs inside the server: nobody comes between, nobody runs for ever. */
@Tag("phase-6")
final class ScriptTest extends WithServer {
  private String eval(String script, String... keysAndArguments) throws IOException {
    String[] words = new String[2 + Math.max(1, keysAndArguments.length)];
    words[0] = "EVAL";
    words[1] = script;
    words[2] = "0";
    System.arraycopy(keysAndArguments, 0, words, 2, keysAndArguments.length);
    return ask(a, words);
  }

  // ---- EVAL

  @Test
  void aScriptHasKeysAndArguments() throws Exception {
    assertThat(eval("return {KEYS[1], KEYS[2], ARGV[1], #ARGV}", "2", "k1", "k2", "x", "y"))
        .isEqualTo("[k1, k2, x, 2]");
    assertThat(eval("return #KEYS", "3", "k1")).startsWith("-ERR Number of keys can't be greater");
    assertThat(eval("return #KEYS", "-1")).isEqualTo("-ERR Number of keys can't be negative");
    assertThat(eval("return 1", "x")).isEqualTo("-ERR value is not an integer or out of range");
  }

  @Test
  void aScriptCallsCommands() throws Exception {
    assertThat(
            eval(
                "redis.call('set', KEYS[1], ARGV[1]); return redis.call('get', KEYS[1])",
                "1",
                "k",
                "v"))
        .isEqualTo("v");
    assertThat(say(b, "GET k")).isEqualTo("v");
    assertThat(eval("return redis.call('mget', 'k', 'none')"))
        .as("a reply within a reply, with nothing in it")
        .isEqualTo("[v, nil]");
  }

  @Test
  void anErrorEndsTheScriptUnlessItIsCaught() throws Exception {
    say(a, "SET text x");
    assertThat(eval("redis.call('set', 'before', 1); redis.call('incr', 'text'); return 1"))
        .startsWith("-ERR value is not an integer or out of range script: ")
        .contains("on @user_script:1.");
    assertThat(say(b, "GET before")).as("what ran before the error stays").isEqualTo("1");
    assertThat(eval("local e = redis.pcall('incr', 'text'); return {e.err, 'goes on'}"))
        .isEqualTo("[ERR value is not an integer or out of range, goes on]");
    assertThat(eval("return redis.call('nosuch')"))
        .startsWith("-ERR Unknown Redis command called from script");
    assertThat(eval("return redis.call('subscribe', 'c')"))
        .startsWith("-ERR This Redis command is not allowed from script");
    assertThat(eval("return redis.call('get')"))
        .startsWith("-ERR Wrong number of args calling Redis command from script");
  }

  @Test
  void timeStandsStillInAScript() throws Exception {
    String expiring =
        "redis.call('set', 'k', 'v', 'px', 1)\n"
            + "for i = 1, 3000000 do end\n"
            + "return redis.call('get', 'k')";
    assertThat(eval(expiring))
        .as("a key of one millisecond, in a script that takes longer")
        .isEqualTo("v");
  }

  @Test
  void aScriptIsKnownByItsHash() throws Exception {
    String sha = say(a, "SCRIPT LOAD return\t7");
    assertThat(sha).hasSize(40);
    assertThat(say(a, "EVALSHA " + sha + " 0")).isEqualTo("7");
    assertThat(say(a, "EVALSHA " + sha.toUpperCase(java.util.Locale.ROOT) + " 0"))
        .as("the hash in capitals")
        .isEqualTo("7");
    assertThat(say(a, "SCRIPT EXISTS " + sha + " 1234")).isEqualTo("[1, 0]");
    assertThat(say(a, "SCRIPT FLUSH")).isEqualTo("OK");
    assertThat(say(a, "EVALSHA " + sha + " 0"))
        .isEqualTo("-NOSCRIPT No matching script. Please use EVAL.");
    assertThat(eval("return 7")).isEqualTo("7");
    assertThat(eval("return return")).startsWith("-ERR Error compiling script");
  }

  @Test
  void scriptsShareNothing() throws Exception {
    assertThat(eval("global = 1")).contains("Attempt to modify a readonly table");
    assertThat(eval("return global")).contains("nonexistent global variable 'global'");
    assertThat(eval("string.len = nil")).contains("Attempt to modify a readonly table");
    assertThat(eval("redis.call = nil")).contains("Attempt to modify a readonly table");
    assertThat(eval("return type(os) .. type(io)")).contains("nonexistent global variable");
    assertThat(eval("return string.len('abc')")).isEqualTo("3");
  }

  @Test
  void aScriptIsWrittenByItsEffects() throws Exception {
    assertThat(say(b, "CONFIG SET appendonly yes")).isEqualTo("OK");
    until("the base is there", () -> info(b, "aof_rewrite_in_progress").equals("0"));
    eval("redis.call('set', 'x', 1); redis.call('incr', 'y'); return redis.call('get', 'x')");
    eval("redis.call('set', 'z', 1)");
    say(b, "CONFIG SET appendfsync always");
    try (var files = Files.list(folder.resolve("appendonlydir"))) {
      var last = files.filter(f -> f.toString().endsWith(".incr.aof")).sorted().toList().getLast();
      assertThat(Files.readString(last).replaceAll("\\$\\d+\r\n", "").replace("\r\n", " "))
          .as("the file after a script with two effects and one with one")
          .endsWith("*1 MULTI *3 set x 1 *2 incr y *1 EXEC *3 set z 1 ");
    }
  }

  @Test
  void aReadOnlyScriptWritesNothing() throws Exception {
    String write = "return redis.call('set', 'k', 'v')";
    assertThat(ask(a, "EVAL_RO", write, "0"))
        .startsWith("-ERR Write commands are not allowed from read-only scripts.");
    assertThat(ask(a, "EVAL_RO", "return redis.call('get', 'k')", "0")).isEqualTo("nil");
    assertThat(eval("#!lua flags=no-writes\n" + write)).startsWith("-ERR Write commands are not");
    assertThat(eval("#!lua\n" + write)).isEqualTo("OK");
    assertThat(ask(a, "EVAL_RO", "#!lua\nreturn 1", "0"))
        .startsWith("-ERR Can not execute a script with write flag using *_ro command.");
    assertThat(eval("#!lua flags=nosuch\nreturn 1"))
        .isEqualTo("-ERR Unexpected flag in script shebang: nosuch");
    assertThat(eval("#!python\nreturn 1"))
        .isEqualTo("-ERR Unexpected engine in script shebang: python");
  }

  @Test
  void aScriptBeyondTheLimitOfMemoryIsRefused() throws Exception {
    say(b, "CONFIG SET maxmemory 1");
    assertThat(eval("return redis.call('set', 'k', 'v')"))
        .startsWith("-OOM command not allowed when used memory > 'maxmemory'.");
    assertThat(eval("#!lua\nreturn 1")).startsWith("-OOM allow-oom flag is not set on the script");
    assertThat(eval("#!lua flags=allow-oom\nreturn redis.call('set', 'k', 'v')")).isEqualTo("OK");
    assertThat(eval("return redis.call('get', 'k')")).isEqualTo("v");
  }

  @Test
  void aScriptHasItsCallersRights() throws Exception {
    say(b, "ACL SETUSER u on nopass +@all -set ~a*");
    say(a, "AUTH u x");
    assertThat(eval("return redis.call('set', 'a', 1)"))
        .as("a command that the caller may not run")
        .startsWith("-ERR The user executing the script can't run this command or subcommand");
    assertThat(eval("return redis.call('get', 'b')"))
        .startsWith("-ERR The user executing the script can't access at least one of the keys");
    assertThat(eval("return redis.acl_check_cmd('get', 'a')")).isEqualTo("1");
    assertThat(eval("return redis.acl_check_cmd('set', 'a', 1)")).isEqualTo("nil");
  }

  @Test
  void theThirdVersionHasMoreTypes() throws Exception {
    say(a, "HSET h f v");
    say(a, "SADD s m");
    assertThat(eval("return redis.call('hgetall', 'h')")).isEqualTo("[f, v]");
    assertThat(eval("redis.setresp(3); return redis.call('hgetall', 'h').map.f")).isEqualTo("v");
    assertThat(eval("redis.setresp(3); return redis.call('smembers', 's').set.m")).isEqualTo("1");
    assertThat(eval("return redis.setresp(4)")).contains("RESP version must be 2 or 3");
    say(a, "HELLO 3");
    assertThat(a.call("EVAL", "return {map={a=1}}", "0")).isEqualTo("%1\r\n$1\r\na\r\n:1\r\n");
    assertThat(a.call("EVAL", "return {double=1.5}", "0")).isEqualTo(",1.5\r\n");
    assertThat(a.call("EVAL", "redis.setresp(3); return true", "0")).isEqualTo("#t\r\n");
  }

  // ---- too long

  private void busy(String script) throws Exception {
    assertThat(eval("return 1")).isEqualTo("1");
    say(b, "CONFIG SET lua-time-limit 10");
    a.send("EVAL", script, "0");
    until("the script is known as slow", () -> say(b, "PING").startsWith("-BUSY"));
  }

  @Test
  void aScriptThatReadsCanBeKilled() throws Exception {
    assertThat(say(b, "SCRIPT KILL")).isEqualTo("-NOTBUSY No scripts in execution right now.");
    busy("while true do redis.call('get', 'k') end");
    assertThat(say(b, "GET k")).startsWith("-BUSY Redis is busy running a script.");
    assertThat(say(b, "FUNCTION STATS")).as("what runs").contains("running_script");
    assertThat(say(b, "SCRIPT KILL")).isEqualTo("OK");
    assertThat(shown(a.reply())).startsWith("-ERR Error running script: Script killed by user");
    assertThat(say(b, "PING")).isEqualTo("PONG");
  }

  @Test
  void aScriptThatHasWrittenIsNotKilled() throws Exception {
    busy(
        "redis.call('set', 'k', 'v')\n"
            + "repeat local seen = redis.call('info', 'errorstats')\n"
            + "until string.find(seen, 'UNKILLABLE', 1, true)\n"
            + "return 'whole'");
    assertThat(say(b, "SCRIPT KILL"))
        .as("an end in the middle of what should be whole")
        .startsWith("-UNKILLABLE Sorry the script already executed write commands");
    assertThat(shown(a.reply())).as("the script's own end").isEqualTo("whole");
  }

  // ---- functions

  private static final String LIBRARY =
      "#!lua name=%s\n"
          + "local function hello(keys, args) return 'hello ' .. args[1] end\n"
          + "redis.register_function('%s_hello', hello)\n"
          + "redis.register_function{function_name='%s_get', flags={'no-writes'},\n"
          + "  callback=function(keys) return redis.call('get', keys[1]) end}\n"
          + "redis.register_function('%s_set', function(keys, args)\n"
          + "  return redis.call('set', keys[1], args[1]) end)\n";

  private static String library(String name) {
    return LIBRARY.replace("%s", name);
  }

  @Test
  void aLibraryBringsFunctions() throws Exception {
    assertThat(ask(a, "FUNCTION", "LOAD", library("lib"))).isEqualTo("lib");
    assertThat(say(a, "FCALL lib_hello 0 you")).isEqualTo("hello you");
    assertThat(say(a, "FCALL lib_set 1 k v")).isEqualTo("OK");
    assertThat(say(a, "FCALL_RO lib_get 1 k")).isEqualTo("v");
    assertThat(say(a, "FCALL_RO lib_set 1 k v"))
        .as("a function that may write, called to read")
        .startsWith("-ERR Can not execute a script with write flag using *_ro command.");
    assertThat(say(a, "FCALL nosuch 0")).isEqualTo("-ERR Function not found");
    assertThat(ask(a, "FUNCTION", "LOAD", library("lib")))
        .isEqualTo("-ERR Library 'lib' already exists");
    assertThat(ask(a, "FUNCTION", "LOAD", "REPLACE", library("lib"))).isEqualTo("lib");
    assertThat(say(a, "FUNCTION DELETE lib")).isEqualTo("OK");
    assertThat(say(a, "FCALL lib_hello 0 you")).isEqualTo("-ERR Function not found");
  }

  @Test
  void aNameBelongsToOneLibrary() throws Exception {
    ask(a, "FUNCTION", "LOAD", library("lib"));
    String other = "#!lua name=other\nredis.register_function('lib_get', function() return 1 end)";
    assertThat(ask(a, "FUNCTION", "LOAD", other)).isEqualTo("-ERR Function lib_get already exists");
    assertThat(say(a, "FUNCTION LIST LIBRARYNAME other")).isEqualTo("[]");
  }

  @Test
  void aLibraryThatFailsChangesNothing() throws Exception {
    ask(a, "FUNCTION", "LOAD", library("lib"));
    String broken = library("lib") + "redis.call('ping')";
    assertThat(ask(a, "FUNCTION", "LOAD", "REPLACE", broken)).startsWith("-ERR Error registering");
    assertThat(say(a, "FCALL lib_hello 0 you"))
        .as("the old library after a new one that failed")
        .isEqualTo("hello you");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "return 1 | Missing library metadata",
        "#!lua\\nreturn 1 | Library name was not given",
        "#!python name=x\\nreturn 1 | Engine 'python' not found",
        "#!lua name=x-y\\nreturn 1 | Library names can only contain letters",
        "#!lua name=x\\nreturn 1 | No functions registered",
        "#!lua name=x\\nredis.call('get', 'k') | attempted to access nonexistent global",
        "#!lua name=x\\nredis.register_function('f', 1) | second argument to redis.register",
        "#!lua name=x\\nlocal s = 'a' syntax error | Error compiling function",
      })
  void aLibraryThatMakesNoSenseIsRefused(String code, String why) throws Exception {
    assertThat(ask(a, "FUNCTION", "LOAD", code.strip().replace("\\n", "\n")))
        .as("loading: %s", code)
        .startsWith("-ERR")
        .contains(why);
  }

  @Test
  void librariesAreListedAndCounted() throws Exception {
    ask(a, "FUNCTION", "LOAD", library("lib"));
    assertThat(say(a, "FUNCTION LIST"))
        .startsWith("[[library_name, lib, engine, LUA, functions, [")
        .contains("[name, lib_get, description, nil, flags, [no-writes]]");
    assertThat(say(a, "FUNCTION LIST WITHCODE")).contains("library_code, #!lua name=lib");
    assertThat(say(a, "FUNCTION STATS"))
        .isEqualTo(
            "[running_script, nil, engines, [LUA, [libraries_count, 1, functions_count, 3]]]");
  }

  @Test
  void librariesMoveAsAPayload() throws Exception {
    ask(a, "FUNCTION", "LOAD", library("one"));
    ask(a, "FUNCTION", "LOAD", library("two"));
    String reply = a.call("FUNCTION", "DUMP");
    String payload = reply.substring(reply.indexOf("\r\n") + 2, reply.length() - 2);
    say(a, "FUNCTION FLUSH");
    assertThat(say(a, "FUNCTION LIST")).isEqualTo("[]");
    assertThat(ask(a, "FUNCTION", "RESTORE", payload)).isEqualTo("OK");
    assertThat(say(a, "FCALL two_hello 0 you")).isEqualTo("hello you");
    assertThat(ask(a, "FUNCTION", "RESTORE", payload))
        .as("once more, without REPLACE")
        .isEqualTo("-ERR Library one already exists");
    assertThat(ask(a, "FUNCTION", "RESTORE", payload, "REPLACE")).isEqualTo("OK");
    ask(a, "FUNCTION", "LOAD", library("three"));
    assertThat(ask(a, "FUNCTION", "RESTORE", payload, "FLUSH")).isEqualTo("OK");
    assertThat(say(a, "FCALL three_hello 0 you"))
        .as("a library that the payload has not, after RESTORE with FLUSH")
        .isEqualTo("-ERR Function not found");
    byte[] broken = payload.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    broken[10] ^= 1;
    assertThat(
            ask(
                a,
                "FUNCTION",
                "RESTORE",
                new String(broken, java.nio.charset.StandardCharsets.ISO_8859_1)))
        .isEqualTo("-ERR DUMP payload version or checksum are wrong");
  }

  @Test
  void librariesOutliveTheProcess() throws Exception {
    ask(a, "FUNCTION", "LOAD", library("lib"));
    assertThat(say(a, "DEBUG RELOAD")).isEqualTo("OK");
    assertThat(say(a, "FCALL lib_hello 0 you")).isEqualTo("hello you");
  }

  @Test
  void aFunctionCanBeKilled() throws Exception {
    say(b, "CONFIG SET lua-time-limit 10");
    String code = "redis.register_function('forever', function() while true do end end)";
    assertThat(ask(a, "FUNCTION", "LOAD", "#!lua name=lib\n" + code)).isEqualTo("lib");
    a.send("FCALL", "forever", "0");
    until("the function is known as slow", () -> say(b, "PING").startsWith("-BUSY"));
    assertThat(say(b, "SCRIPT KILL")).as("the other KILL").startsWith("-BUSY");
    assertThat(say(b, "FUNCTION STATS"))
        .contains("running_script, [name, forever, command, [FCALL,");
    assertThat(say(b, "FUNCTION KILL")).isEqualTo("OK");
    assertThat(shown(a.reply())).contains("Function killed by user");
  }
}
