package systems.redis.script;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.luaj.vm2.LuaError;
import org.luaj.vm2.LuaString;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;
import systems.redis.resp.Numbers;
import systems.redis.script.Machine.Frame;

/**
 * The debugger of one run of a script: it stops at lines, and while it stands its client asks.
 *
 * <pre>
 *   Machine --each instruction--&gt; at: a new line? stop? --yes--&gt; prompt: read, do, reply
 *                                                                ^      step, continue |
 *                                                                +---------------------+
 *   client  *1 $4 step   --&gt;        one array of words for a command
 *           &lt;-- *3 +* Stopped at 2, stop reason = step over  +-&gt; 2   return 1 ...
 *                                   one array of lines for each stop, each command, and the end
 * </pre>
 *
 * <p>A line begins at the first instruction of a function, after a jump backwards, and where the
 * number of the line changes, within one function: what a call came back to is no new line. It
 * stops there if the client steps, if the line has a breakpoint, if the script has called {@code
 * redis.breakpoint()}, or if it has run for {@code lua-time-limit} since it last stood.
 *
 * <p>Invariants: (1) what was logged leaves with the next stop, and not before: a client that waits
 * for a reply gets exactly one; (2) the time that the client takes to think is not the script's:
 * {@link #resumedNanos} begins anew whenever the prompt is left; (3) breakpoints are lines of the
 * source, each once; (4) a client that has gone is not asked again.
 *
 * <p>Bounds: {@link #BREAKPOINTS_MAX} breakpoints, {@link #LOG_BYTES_MAX} bytes of lines between
 * two stops, words as {@link DebugRequests} says, evaluated code as long as {@code lua-time-limit}.
 *
 * <p>It differs from Redis in these: {@code abort} ends the script even inside of a pcall; a
 * coroutine is not stepped through, and ends the script if it runs longer than the limit; code
 * given to {@code eval} that raises a table shows its text, where Redis ends; and the order of a
 * table's fields, and the lines of an expression that spans some, are LuaJ's. One thread, that of
 * the script.
 */
public final class Debugger {
  /** Who asks. */
  public interface Peer {
    /** Waits for bytes; null when the client has gone. */
    byte @Nullable [] read();

    void send(byte[] reply);

    boolean isGone();

    /** Whether what the script does is for this client alone, and pointless without it. */
    boolean isPrivate();
  }

  private enum Next {
    ASK,
    RUN
  }

  static final int BREAKPOINTS_MAX = 64;
  private static final int LOG_BYTES_MAX = 4 << 20;
  private static final int LINE_BYTES = 32; // of an object
  private static final int LINE_BYTES_DEFAULT = 256;
  private static final int LINE_BYTES_MIN = 60;
  private static final int CONTEXT_LINES = 5;
  private static final int ALL_LINES = 1_000_000;
  private static final LuaString SCRIPT = LuaValue.valueOf("@user_script");
  private static final String UNKNOWN =
      "<error> Unknown Redis Lua debugger command or wrong number of arguments.";
  private static final String HELP =
      """
      What the debugger of scripts understands; the letter in brackets is enough:
      [h]elp               these lines
      [s]tep               go to the next line (also [n]ext)
      [c]ontinue           go on to a breakpoint or the end
      [l]ist [line] [ctx]  the source around a line, or around the current one if
                           there is none or 0, with so many lines on either side
      [w]hole              the whole source
      [p]rint [var]        all local variables, or one variable, KEYS and ARGV too
      [b]reak              the breakpoints
      [b]reak [-]<line>    set one, or with a minus take it away; 0: all of them
      [t]race              the calls that lead here
      [e]val <code>        run Lua, in a frame of its own
      [r]edis <cmd>        run a command of Redis
      [m]axlen [len]       cut values and replies at so many bytes; 0: never
      [a]bort              end the script; in sync mode what it changed stays

      In a script:
      redis.debug(...)     shows its arguments here
      redis.breakpoint()   stops behind the call\
      """;

  private final Peer peer;
  private final String name;
  private final List<String> source;
  private final LongSupplier limitMillis;
  private final DebugRequests requests = new DebugRequests();
  private final List<Integer> breakpoints = new ArrayList<>();
  private final List<String> logged = new ArrayList<>();
  private int loggedBytes;
  private int linesLeftOut;

  private @Nullable LuaJ lua;
  private @Nullable Thread thread;
  private @Nullable Frame frame; // where it stands
  private int line;
  private boolean stepping = true;
  private boolean breakpointCalled;
  private boolean timedOut;
  private boolean evaluating;
  private boolean detached; // nobody asks any more
  private @Nullable String ending; // why the script must end
  private long resumedNanos = System.nanoTime();
  private int lineBytesMax = LINE_BYTES_DEFAULT; // 0: any
  private boolean hinted;

  /**
   * @param name of the script, for its errors
   * @param limitMillis after which a run is perhaps endless; 0 for never
   */
  public Debugger(Peer peer, String name, byte[] code, LongSupplier limitMillis) {
    this.peer = peer;
    this.name = name;
    this.limitMillis = limitMillis;
    source = List.of(new String(code, ISO_8859_1).replaceFirst("\n+$", "").split("\n", -1));
  }

  /** The script begins, on this thread. */
  void attach(LuaJ runtime) {
    lua = runtime;
    thread = Thread.currentThread();
    resumedNanos = System.nanoTime();
  }

  /** The script is over: its reply follows. */
  public void end() {
    log("<endsession>");
    flush();
  }

  // ---- where to stop

  /** Before each instruction. The frame's pc is still that of the one before. */
  void at(Frame f, int pc) {
    if (!isFresh(f, pc) || evaluating || Thread.currentThread() != thread || !isOfScript(f)) {
      return;
    }
    if (ending != null) {
      throw killed();
    }
    line = f.prototype().lineinfo[pc];
    assert line >= 1;
    String reason = reasonToStop();
    if (reason != null) {
      f.pc = pc;
      stop(f, reason);
    }
  }

  private static boolean isFresh(Frame f, int pc) {
    //> phase 6: what begins a line, if a loop can be one line and a call comes back into one?
    int[] lines = f.prototype().lineinfo;
    return pc == 0 || pc <= f.pc || lines[pc] != lines[f.pc];
    //< phase 6
  }

  private static boolean isOfScript(Frame f) {
    return f.isLua() && f.prototype().source.raweq(SCRIPT);
  }

  private @Nullable String reasonToStop() {
    //> phase 6: what makes it stop here, and which reason is said if there are two?
    if (detached) {
      return null;
    }
    if (breakpointCalled) {
      return "redis.breakpoint() called";
    }
    if (breakpoints.contains(line)) { //~ onlySteps: if (stepping && breakpoints.contains(line)) {
      return "break point";
    }
    return timedOut ? "timeout reached, infinite loop?" : stepping ? "step over" : null;
    //< phase 6
  }

  /** Called now and then while the script runs. */
  public void tick() {
    if (ending != null || peer.isPrivate() && peer.isGone()) {
      throw killed();
    }
    long limit = limitMillis.getAsLong();
    long ranMillis = (System.nanoTime() - resumedNanos) / 1_000_000;
    if (limit <= 0 || ranMillis < limit) {
      return;
    }
    if (evaluating || detached || Thread.currentThread() != thread) {
      ending = ending == null && !evaluating ? "script ran longer than lua-time-limit" : ending;
      throw killed();
    }
    timedOut = true;
    Frame inner = lua().machine().frame;
    Frame f = inner == null ? null : inner.ofLua();
    if (f != null && !isOfScript(f)) {
      stop(f, "timeout reached, infinite loop?"); // no line of the script may come
    }
  }

  private RedisApi.ScriptKilled killed() {
    String why = ending == null ? "script ended without its debugger" : ending;
    return new RedisApi.ScriptKilled(
        "ERR " + why + " script: " + name + ", on @user_script:" + line + ".");
  }

  private void stop(Frame f, String reason) {
    assert !evaluating && !detached && ending == null;
    frame = f;
    stepping = false;
    breakpointCalled = false;
    timedOut = false;
    log("* Stopped at " + line + ", stop reason = " + reason);
    log(shownLine(line));
    flush();
    prompt();
    frame = null;
    resumedNanos = System.nanoTime();
  }

  // ---- asking

  private void prompt() {
    Next next = Next.ASK;
    while (next == Next.ASK) {
      byte[][] words = read();
      if (words == null) {
        detach();
        return;
      }
      next = run(words);
      if (next == Next.ASK) {
        flush();
      }
    }
    if (ending != null) {
      throw killed();
    }
  }

  private byte @Nullable [][] read() {
    try {
      byte[][] words = requests.next();
      while (words == null) {
        byte[] bytes = peer.read();
        if (bytes == null) {
          return null;
        }
        requests.append(bytes);
        words = requests.next();
      }
      return words;
    } catch (DebugRequests.Malformed e) {
      ending = "protocol error";
      throw killed();
    }
  }

  /** As if there were no breakpoints, and the client had said continue. */
  private void detach() {
    detached = true;
    stepping = false;
    breakpoints.clear();
    if (peer.isPrivate()) {
      throw killed();
    }
  }

  private Next run(byte[][] words) {
    String[] w = Arrays.stream(words).map(b -> new String(b, ISO_8859_1)).toArray(String[]::new);
    switch (w[0].toLowerCase(Locale.ROOT)) {
      case "s", "step", "n", "next" -> {
        stepping = true;
        return Next.RUN;
      }
      case "c", "continue" -> {
        return Next.RUN;
      }
      case "a", "abort" -> {
        ending = "script aborted for user request";
        return Next.RUN;
      }
      case "h", "help" -> HELP.lines().forEach(this::log);
      case "l", "list" ->
          list(
              w.length > 1 ? leadingNumber(w[1]) : 0,
              w.length > 2 ? leadingNumber(w[2]) : CONTEXT_LINES);
      case "w", "whole" -> list(1, ALL_LINES);
      case "p", "print" -> {
        if (w.length == 2) {
          print(w[1]);
        } else {
          printAll();
        }
      }
      case "b", "break" -> breakpoints(words);
      case "t", "trace" -> trace();
      case "m", "maxlen" -> maxlen(w.length == 2 ? w[1] : null);
      case "e", "eval" -> evaluate(String.join(" ", Arrays.asList(w).subList(1, w.length)));
      case "r", "redis" -> redis(words);
      default -> log(UNKNOWN);
    }
    return Next.ASK;
  }

  /** As C's atoi: 0 for what is no number. */
  private static int leadingNumber(String text) {
    String digits = text.replaceFirst("^\\s*([+-]?\\d*).*$", "$1").replaceFirst("^\\+", "");
    try {
      return digits.isEmpty() || digits.equals("-") ? 0 : Integer.parseInt(digits);
    } catch (NumberFormatException tooLong) {
      return digits.startsWith("-") ? Integer.MIN_VALUE : Integer.MAX_VALUE;
    }
  }

  // ---- the source

  private String shownLine(int number) {
    boolean here = number == line;
    boolean breaks = breakpoints.contains(number);
    String mark = here ? breaks ? "->#" : "-> " : breaks ? "  #" : "   ";
    boolean there = number >= 1 && number <= source.size() && !isEmptySource();
    String text = there ? source.get(number - 1) : "<out of range source code line>";
    return mark + String.format("%-3d ", number) + text;
  }

  private boolean isEmptySource() {
    return source.size() == 1 && source.getFirst().isEmpty();
  }

  private void list(int around, int context) {
    long centre = around <= 0 ? line : around;
    long last = Math.min(source.size(), centre + context);
    for (long n = Math.max(1, centre - context); n <= last; n++) {
      log(shownLine((int) n));
    }
  }

  private void breakpoints(byte[][] words) {
    if (words.length == 1) {
      showBreakpoints();
    }
    for (int i = 1; i < words.length; i++) {
      if (Numbers.isLong(words[i])) {
        breakpoint(Numbers.toLong(words[i]));
      } else {
        log("Invalid argument:'" + new String(words[i], ISO_8859_1) + "'");
      }
    }
    assert breakpoints.size() <= BREAKPOINTS_MAX;
  }

  private void showBreakpoints() {
    if (breakpoints.isEmpty()) {
      log("No breakpoints set. Use 'b <line>' to add one.");
      return;
    }
    log(breakpoints.size() + " breakpoints set:");
    breakpoints.forEach(at -> log(shownLine(at)));
  }

  private void breakpoint(long number) {
    //> phase 6: which lines can have one, how many are there, what does a minus say?
    boolean there = Math.abs(number) <= source.size();
    int at = there ? (int) Math.abs(number) : 0;
    if (number == 0) {
      breakpoints.clear();
      log("All breakpoints removed.");
    } else if (number < 0) {
      boolean removed = breakpoints.removeIf(set -> set == at);
      log(removed ? "Breakpoint removed." : "No breakpoint in the specified line.");
    } else if (breakpoints.size() == BREAKPOINTS_MAX) {
      log("Too many breakpoints set.");
    } else if (!there || breakpoints.contains(at)) {
      log("Wrong line number.");
    } else {
      breakpoints.add(at);
      list(at, 1);
    }
    //< phase 6
  }

  // ---- values

  private void print(String variable) {
    for (Frame f = frame; f != null; f = f.caller) {
      for (int n = 1; f.isLua() && f.localName(n) != null; n++) {
        if (variable.equals(f.localName(n))) {
          logTrimmed("<value> " + Shown.value(f.local(n), shownMax()));
          return;
        }
      }
    }
    if (variable.equals("KEYS") || variable.equals("ARGV")) {
      LuaValue global = lua().environment().get(LuaValue.valueOf(variable));
      logTrimmed("<value> " + Shown.value(global, shownMax()));
    } else {
      log("No such variable.");
    }
  }

  private void printAll() {
    Frame f = frame();
    if (f.localName(1) == null) {
      log("No local variables in the current context.");
    }
    for (int n = 1; f.localName(n) != null; n++) {
      logTrimmed("<value> " + f.localName(n) + " = " + Shown.value(f.local(n), shownMax()));
    }
  }

  private Frame frame() {
    Frame f = frame;
    assert f != null && f.isLua();
    return f;
  }

  private LuaJ lua() {
    LuaJ runtime = lua;
    assert runtime != null;
    return runtime;
  }

  private void trace() {
    String where = "In ";
    for (Frame f = frame; f != null; f = f.caller) {
      if (isOfScript(f)) {
        String called = Diagnosis.calledAs(f);
        log(where + (called == null ? "top level" : called) + ":");
        log(shownLine(f == frame ? line : f.line()));
        where = "From ";
      }
    }
  }

  private void maxlen(@Nullable String text) {
    if (text != null) {
      int wanted = leadingNumber(text);
      lineBytesMax = wanted == 0 ? 0 : Math.max(LINE_BYTES_MIN, wanted);
    }
    log(
        lineBytesMax == 0
            ? "<value> replies are unlimited."
            : "<value> replies are truncated at " + lineBytesMax + " bytes.");
  }

  private int shownMax() {
    return lineBytesMax == 0 ? LOG_BYTES_MAX : Math.min(lineBytesMax, LOG_BYTES_MAX);
  }

  // ---- code and commands

  private void evaluate(String code) {
    Frame before = lua().machine().frame;
    evaluating = true;
    resumedNanos = System.nanoTime();
    try {
      Varargs results = compiled(code).invoke();
      logTrimmed("<retval> " + Shown.value(results.arg1(), shownMax()));
    } catch (LuaError e) {
      log("<error> " + message(e));
    } catch (RedisApi.ScriptKilled e) {
      log("<error> ldb_eval: stopped after lua-time-limit");
    } finally {
      evaluating = false;
      lua().machine().frame = before;
    }
  }

  /** An expression, or else statements. */
  private LuaValue compiled(String code) {
    LuaJ runtime = lua();
    try {
      return runtime.chunk(bytes("return " + code), "@ldb_eval", runtime.environment());
    } catch (LuaError noExpression) {
      return runtime.chunk(bytes(code), "@ldb_eval", runtime.environment());
    }
  }

  private static String message(LuaError e) {
    if (e instanceof Raised raised) {
      LuaValue value = raised.value();
      LuaValue text = value.istable() ? value.checktable().rawget("err") : value;
      return Values.text(text) == null
          ? Shown.value(value, LINE_BYTES_DEFAULT)
          : Values.latin(text);
    }
    return LuaJ.Errors.syntax(e);
  }

  private void redis(byte[][] words) {
    if (words.length == 1) {
      log(UNKNOWN);
      return;
    }
    stepping = true; // so that it is shown
    try {
      lua().api().call(Arrays.copyOfRange(words, 1, words.length));
    } finally {
      stepping = false;
    }
  }

  // ---- what the script does

  /** {@code redis.breakpoint()}. */
  void breakpointCalled() {
    breakpointCalled = true;
  }

  /** {@code redis.debug()}. */
  void debug(Varargs values) {
    var text = new StringBuilder("<debug> line " + line + ": ");
    for (int i = 1; i <= values.narg(); i++) {
      text.append(i == 1 ? "" : ", ").append(Shown.value(values.arg(i), LOG_BYTES_MAX));
    }
    log(text.toString());
  }

  /** A command is about to run. Shown to a client that steps, as all that follows. */
  public void command(byte[][] words) {
    if (stepping) {
      var text = new StringBuilder("<redis>");
      for (byte[] word : words) {
        int shown = Math.clamp(LOG_BYTES_MAX - text.length(), 0, word.length);
        text.append(' ').append(new String(word, 0, shown, ISO_8859_1));
      }
      log(text.toString());
    }
  }

  /** The command did not run, or there is none. */
  public void refused(String error) {
    if (stepping) {
      log("<error> " + (error.startsWith("ERR ") ? error.substring(4) : "-" + error));
    }
  }

  /** A command or the script has made an error's text. */
  public void error(String error) {
    if (stepping) {
      log("<error> -" + error);
    }
  }

  public void reply(byte[] reply) {
    if (stepping) {
      logTrimmed("<reply> " + Shown.reply(reply, shownMax()));
    }
  }

  // ---- lines to the client

  private void logTrimmed(String text) {
    if (lineBytesMax == 0 || text.length() <= lineBytesMax) {
      log(text);
      return;
    }
    log(text.substring(0, lineBytesMax) + " ...");
    if (!hinted) {
      hinted = true;
      log("<hint> The above reply was trimmed. Use 'maxlen 0' to disable trimming.");
    }
  }

  private void log(String text) {
    if (loggedBytes + text.length() + LINE_BYTES > LOG_BYTES_MAX) {
      linesLeftOut++;
      return;
    }
    loggedBytes += text.length() + LINE_BYTES;
    logged.add(text);
  }

  private void flush() {
    if (linesLeftOut > 0) {
      logged.add("<hint> " + linesLeftOut + " more lines were left out.");
    }
    var out = new StringBuilder("*" + logged.size() + "\r\n");
    for (String text : logged) {
      out.append('+').append(text.replace('\r', ' ').replace('\n', ' ')).append("\r\n");
    }
    logged.clear();
    loggedBytes = 0;
    linesLeftOut = 0;
    if (!peer.isGone()) {
      peer.send(bytes(out.toString()));
    }
  }

  private static byte[] bytes(String latin) {
    return latin.getBytes(ISO_8859_1);
  }
}
