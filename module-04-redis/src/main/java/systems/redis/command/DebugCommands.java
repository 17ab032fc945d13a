package systems.redis.command;

import java.util.Arrays;
import java.util.Locale;
import systems.redis.db.Database;
import systems.redis.db.ValueType;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Reply;
import systems.redis.server.Call;
import systems.redis.server.CommandTable;
import systems.redis.server.Server;
import systems.redis.types.HashValue;
import systems.redis.types.ListValue;
import systems.redis.types.SetValue;
import systems.redis.types.ZsetValue;

/** DEBUG: looks inside, and makes trouble on purpose. Only with {@code enable-debug-command}. */
final class DebugCommands {
  private DebugCommands() {}

  static void register(CommandTable table) {
    table.on("debug", DebugCommands::command);
  }

  private static void command(Call call) {
    switch (call.text(1).toUpperCase(Locale.ROOT)) {
      case "OBJECT" -> object(call);
      case "SLEEP" -> call.server().sleep(call);
      case "SET-ACTIVE-EXPIRE" -> {
        call.server().activeExpiry().enabled(call.integer(2) != 0);
        call.reply().ok();
      }
      case "SET-DISABLE-DENY-SCRIPTS" -> {
        call.server().allowAllInScripts(call.integer(2) != 0);
        call.reply().ok();
      }
      case "QUICKLIST-PACKED-THRESHOLD",
          "STRINGMATCH-LEN",
          "CHANGE-REPL-ID",
          "DICT-RESIZING",
          "LEAK" ->
          call.reply().ok();
      case "REPLYBUFFER" -> {
        replyBuffer(call);
        call.reply().ok();
      }
      case "CONFIG-REWRITE-FORCE-ALL" -> call.server().rewriteWholeConfig(call);
      case "RELOAD" -> call.server().persistence().debugReload(call);
      case "SET-SKIP-CHECKSUM-VALIDATION" -> {
        call.server().persistence().skipChecksums(call.integer(2) != 0);
        call.reply().ok();
      }
      case "AOF-FLUSH-SLEEP" -> {
        call.server().persistence().flushSleepMicros(call.integer(2));
        call.reply().ok();
      }
      case "LOADAOF" -> call.server().persistence().debugLoadAof(call);
      case "REPLICATE" -> {
        Object[] words = Arrays.copyOfRange(call.args(), 2, call.count(), Object[].class);
        call.server().replication().feedWords(words);
        call.reply().ok();
      }
      case "DIGEST" -> call.reply().status(call.server().persistence().digest());
      case "DIGEST-VALUE" -> {
        call.reply().array(call.count() - 2);
        for (int i = 2; i < call.count(); i++) {
          call.reply().status(call.server().persistence().digest(call.db(), call.arg(i)));
        }
      }
      case "POPULATE" -> populate(call);
      case "PROTOCOL" -> protocol(call);
      case "ERROR" -> call.reply().error(call.text(2));
      case "LISTPACK", "ZIPLIST" -> listpack(call);
      case "HTSTATS" -> statistics(call);
      case "HTSTATS-KEY" -> keyStatistics(call);
      case "LOG" -> {
        call.server().log().warn("DEBUG LOG: " + call.text(2));
        call.reply().ok();
      }
      case "JMAP" -> call.reply().ok();
      case "STRUCTSIZE" -> call.reply().status("bits:64 entry:56");
      case "PAUSE-CRON" -> call.reply().ok();
      case "HELP" -> help(call.reply());
      default ->
          throw ErrorReply.err(
              "unknown subcommand or wrong number of arguments for '"
                  + call.text(1)
                  + "'. Try DEBUG HELP.");
    }
  }

  private static void help(Reply reply) {
    String[] lines = {
      "DEBUG <subcommand> [<arg> ...]. Subcommands are:",
      "OBJECT <key>",
      "DIGEST",
      "DIGEST-VALUE <key> [<key> ...]",
      "RELOAD [NOSAVE] [NOFLUSH] [MERGE]",
      "LOADAOF",
      "CONFIG-REWRITE-FORCE-ALL",
      "REPLICATE <word> [<word> ...]",
      "POPULATE <count> [<prefix>] [<size>]",
      "SLEEP <seconds>",
      "PROTOCOL <type>",
      "SET-ACTIVE-EXPIRE <0|1>",
      "HTSTATS <db> / HTSTATS-KEY <key>",
      "REPLYBUFFER PEAK-RESET-TIME <NEVER|RESET|milliseconds> / RESIZING <0|1>",
      "ERROR <text> / LOG <text>"
    };
    reply.array(lines.length);
    for (String line : lines) {
      reply.status(line);
    }
  }

  /** After how many milliseconds an idle client's buffer shrinks, or that it does not. */
  private static void replyBuffer(Call call) {
    if (call.count() != 4) {
      throw call.syntax();
    }
    if (call.is(2, "RESIZING")) {
      boolean resizes = call.integer(3) != 0;
      call.server().fitRepliesAfter(resizes ? Server.REPLY_PEAK_MILLIS : Long.MAX_VALUE);
      return;
    }
    if (!call.is(2, "PEAK-RESET-TIME")) {
      throw call.syntax();
    }
    long millis =
        switch (call.text(3).toUpperCase(Locale.ROOT)) {
          case "NEVER" -> Long.MAX_VALUE;
          case "RESET" -> Server.REPLY_PEAK_MILLIS;
          default -> call.integer(3);
        };
    call.server().fitRepliesAfter(millis);
  }

  private static Object existing(Call call, int index) {
    Object value = call.db().keys().get(call.arg(index)); // also one whose time is over
    if (value == null) {
      throw ErrorReply.err("no such key");
    }
    return value;
  }

  private static void object(Call call) {
    Object value = existing(call, 2);
    Database db = call.db();
    db.keys().get(call.arg(2));
    long idle = db.frequency().idleMillis(db.keys().mark(), call.nowMillis()) / 1000;
    String text =
        "Value at:0x7f0000000000 refcount:1 encoding:"
            + ValueType.encoding(value)
            + " serializedlength:"
            + call.server().persistence().serializedLength(value)
            + " lru:"
            + (db.keys().mark() & 0xffffff)
            + " lru_seconds_idle:"
            + idle;
    if (value instanceof ListValue list) {
      long bytes = 0;
      for (ListValue.Node n = list.firstNode(); n != null; n = n.next()) {
        bytes += n.plain() == null ? n.packBytes() : n.plain().length;
      }
      text +=
          String.format(
              Locale.ROOT,
              " ql_nodes:%d ql_avg_node:%.2f ql_listpack_max:%d ql_compressed:%d"
                  + " ql_uncompressed_size:%d",
              list.nodes(),
              (double) list.size() / Math.max(1, list.nodes()),
              call.limits().listSize,
              call.limits().listCompressDepth > 0 ? 1 : 0,
              bytes);
    }
    call.reply().status(text);
  }

  private static void populate(Call call) {
    if (call.count() < 3 || call.count() > 5) {
      throw call.wrongArity();
    }
    long count = call.integer(2);
    String prefix = call.count() > 3 ? call.text(3) : "key";
    int size = call.count() > 4 ? call.int32(4) : 0;
    for (long i = 0; i < count; i++) {
      byte[] key = (prefix + ":" + i).getBytes(java.nio.charset.StandardCharsets.UTF_8);
      if (call.db().exists(key)) {
        continue;
      }
      byte[] value = ("value:" + i).getBytes(java.nio.charset.StandardCharsets.UTF_8);
      call.db().add(key, size > 0 ? java.util.Arrays.copyOf(value, size) : value);
    }
    call.reply().ok();
  }

  private static void protocol(Call call) {
    Reply reply = call.reply();
    switch (call.text(2).toLowerCase(Locale.ROOT)) {
      case "string" -> reply.bulk("Hello World");
      case "integer" -> reply.integer(12345);
      case "double" -> reply.real(3.141);
      case "null" -> reply.nil();
      case "array" -> {
        reply.array(3);
        for (int i = 0; i < 3; i++) {
          reply.integer(i);
        }
      }
      case "set" -> {
        reply.set(3);
        for (int i = 0; i < 3; i++) {
          reply.integer(i);
        }
      }
      case "map" -> {
        reply.map(3);
        for (int i = 0; i < 3; i++) {
          reply.integer(i);
          reply.bool(i == 1);
        }
      }
      case "attrib" -> {
        if (reply.version() == 3) {
          reply.attribute(1);
          reply.bulk("key-popularity");
          reply.array(2);
          reply.bulk("key:123");
          reply.integer(90);
        }
        reply.bulk("Some real reply following the attribute");
      }
      case "push" -> {
        reply.push(2);
        reply.bulk("server-cpu-usage");
        reply.integer(42);
      }
      case "verbatim" -> reply.verbatim("This is a verbatim\nstring");
      case "true" -> reply.bool(true);
      case "false" -> reply.bool(false);
      case "bignum" -> reply.bigNumber("1234567999999999999999999999999999999");
      default ->
          throw ErrorReply.err(
              "Wrong protocol type name. Please use one of the following:"
                  + " string|integer|double|null|array|set|map|attrib|push|verbatim|true|false");
    }
  }

  private static void listpack(Call call) {
    Object value = existing(call, 2);
    if (value instanceof HashValue hash && hash.pack() != null
        || value instanceof ZsetValue zset && zset.pack() != null) {
      call.reply().status("Listpack structure printed on stdout");
      return;
    }
    throw ErrorReply.err("Not a listpack encoded object.");
  }

  private static void statistics(Call call) {
    long index = call.integer(2);
    if (index < 0 || index >= call.server().databases().count()) {
      throw ErrorReply.err("Out of range database");
    }
    Database db = call.server().databases().get((int) index);
    call.reply()
        .verbatim(
            "[Dictionary HT]\n"
                + db.keys().describe()
                + "\n[Expires HT]\n"
                + db.expires().describe());
  }

  private static void keyStatistics(Call call) {
    Object value = existing(call, 2);
    String text =
        switch (value) {
          case HashValue hash when hash.pack() == null -> hash.table().describe();
          case SetValue set when set.integers() == null -> set.table().describe();
          case ZsetValue zset when zset.pack() == null -> zset.table().describe();
          default ->
              throw ErrorReply.err(
                  "The value stored at the specified key is not represented using an hash table");
        };
    call.reply().verbatim(text);
  }
}
