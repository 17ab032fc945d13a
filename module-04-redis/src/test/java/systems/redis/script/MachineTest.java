package systems.redis.script;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.redis.resp.Reply;

@Tag("phase-6")
class MachineTest {
  private final LuaJ lua = new LuaJ();

  private String run(String script, RedisApi api) throws ScriptException {
    var out = new Reply();
    lua.compile(script.getBytes(ISO_8859_1), "user_script")
        .run(api, new byte[0][], new byte[0][], out);
    return new String(out.toBytes(), ISO_8859_1);
  }

  @Test
  void aLoopMeetsTheServerNowAndThen() throws ScriptException {
    var api = new Fixture();
    run("for i = 1, 1000000 do end", api);
    assertThat(api.looks()).as("looks at the server in a loop of a million").isGreaterThan(100);
    int before = api.looks();
    run("local n = 0 while n < 1000000 do n = n + 1 end", api);
    assertThat(api.looks() - before).as("looks in a while loop").isGreaterThan(100);
  }

  @Test
  void noScriptCatchesItsOwnEnd() {
    var api = Fixture.killingAt(3);
    String script =
        "for n = 1, 10 do pcall(function() for i = 1, 1000000 do end end) end return 'survived'";
    assertThatThrownBy(() -> run(script, api)).isInstanceOf(RedisApi.ScriptKilled.class);
  }

  @Test
  void theNextScriptRunsAfterOneWasKilled() throws ScriptException {
    var api = Fixture.killingAt(1);
    assertThatThrownBy(() -> run("for i = 1, 1000000 do end", api))
        .isInstanceOf(RedisApi.ScriptKilled.class);
    assertThat(run("return 'alive'", new Fixture())).isEqualTo("$5\r\nalive\r\n");
  }

  @Test
  void recursionWithoutEndIsAnErrorOfTheScript() {
    assertThatThrownBy(() -> run("local function f() return 1 + f() end return f()", new Fixture()))
        .isInstanceOf(ScriptException.class)
        .hasMessageContaining("stack overflow");
  }

  @Test
  void aFunctionMayBeCalledOftenButAScriptLeavesNothing() throws ScriptException {
    String script =
        "local function f(x) return x end local s = 0 for i = 1, 10000 do s = s + f(i) end return"
            + " s";
    assertThat(run(script, new Fixture())).isEqualTo(":50005000\r\n");
    assertThatThrownBy(() -> run("leftBehind = 1", new Fixture()))
        .isInstanceOf(ScriptException.class)
        .hasMessageContaining("Attempt to modify a readonly table");
  }

  @Test
  void aLibraryRegistersFunctionsThatRunLater() throws ScriptException {
    List<LuaRuntime.Function> functions = new ArrayList<>();
    String code =
        """
        local greeting = 'hello '
        redis.register_function('greet', function(keys, args) return greeting .. args[1] end)
        redis.register_function{
          function_name = 'peek', callback = function() return 1 end, flags = {'no-writes'}}
        """;
    lua.load(code.getBytes(ISO_8859_1), "user_function", new Fixture(), functions::add);
    assertThat(functions.stream().map(f -> new String(f.name(), ISO_8859_1)))
        .containsExactly("greet", "peek");
    assertThat(functions.get(1).flags()).containsExactly("no-writes");
    var out = new Reply();
    byte[][] args = {"you".getBytes(ISO_8859_1)};
    functions.getFirst().body().run(new Fixture(), new byte[0][], args, out);
    assertThat(new String(out.toBytes(), ISO_8859_1)).isEqualTo("$9\r\nhello you\r\n");
  }

  @Test
  void aLibraryWithoutEndIsStopped() {
    assertThatThrownBy(() ->
            lua.load(
                "for i = 1, 10000000 do end".getBytes(ISO_8859_1),
                "user_function",
                Fixture.killingAt(2),
                _ -> {}))
        .isInstanceOf(RedisApi.ScriptKilled.class);
  }
}
