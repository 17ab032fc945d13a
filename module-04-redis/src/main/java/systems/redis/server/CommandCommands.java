package systems.redis.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import systems.redis.resp.ErrorReply;
import systems.redis.resp.Reply;
import systems.redis.server.CommandSpec.Argument;
import systems.redis.server.CommandSpec.Begin;
import systems.redis.server.CommandSpec.Find;
import systems.redis.server.CommandSpec.KeySpec;

/** COMMAND: what the server can do, for programs. */
final class CommandCommands {
  private final Server server;

  CommandCommands(Server server) {
    this.server = server;
  }

  void register(CommandTable table) {
    table.on("command", call -> infos(call.reply(), server.table().all()));
    table.on("command|count", call -> call.reply().integer(server.table().all().size()));
    table.on("command|info", this::info);
    table.on("command|docs", this::docs);
    table.on("command|list", this::list);
    table.on("command|getkeys", call -> getKeys(call, false));
    table.on("command|getkeysandflags", call -> getKeys(call, true));
    table.on("command|help", Help::reply);
  }

  private static void infos(Reply reply, Collection<Command> commands) {
    reply.array(commands.size());
    commands.forEach(command -> info(reply, command));
  }

  private void info(Call call) {
    if (call.count() == 2) {
      infos(call.reply(), server.table().all());
      return;
    }
    call.reply().array(call.count() - 2);
    for (int i = 2; i < call.count(); i++) {
      Command command = named(call.text(i));
      if (command == null) {
        call.reply().nilArray();
      } else {
        info(call.reply(), command);
      }
    }
  }

  private @Nullable Command named(String name) {
    return server.table().named(name.toLowerCase(Locale.ROOT));
  }

  private static void info(Reply reply, Command command) {
    //> phase 3: what does a client have to know of a command before it sends it?
    CommandSpec spec = command.spec();
    reply.array(10);
    reply.bulk(spec.name());
    reply.integer(spec.arity());
    flags(reply, spec);
    legacyRange(reply, spec);
    reply.set(spec.categories.size());
    spec.categories.forEach(category -> reply.status("@" + category));
    reply.set(spec.tips.size());
    spec.tips.forEach(reply::bulk);
    reply.set(spec.keys.size());
    spec.keys.forEach(key -> keySpec(reply, key));
    reply.set(command.subcommands.size());
    command.subcommands.values().forEach(sub -> info(reply, sub));
    //< phase 3
  }

  private static void flags(Reply reply, CommandSpec spec) {
    List<String> flags = new ArrayList<>();
    for (Flag flag : Flag.values()) {
      if (flag.isShown() && spec.has(flag)) {
        flags.add(flag.text());
      }
    }
    reply.set(flags.size());
    flags.forEach(reply::status);
  }

  private static void legacyRange(Reply reply, CommandSpec spec) {
    int first = 0;
    int last = 0;
    int step = 0;
    for (KeySpec key : spec.keys) {
      if (key.begin() instanceof Begin.Index index && key.find() instanceof Find.Range range) {
        boolean follows = first > 0 && index.index() == last + 1 && step == range.step();
        if (first == 0) {
          first = index.index();
          last = range.last() >= 0 ? first + range.last() : range.last();
          step = range.step();
        } else if (follows) {
          last = range.last() >= 0 ? index.index() + range.last() : range.last();
        }
      }
    }
    reply.integer(first);
    reply.integer(last);
    reply.integer(step);
  }

  private static void keySpec(Reply reply, KeySpec key) {
    reply.map(3);
    reply.bulk("flags");
    reply.set(key.flags().size());
    key.flags().forEach(reply::status);
    reply.bulk("begin_search");
    switch (key.begin()) {
      case Begin.Index index -> {
        typed(reply, "index", 1);
        pair(reply, "index", index.index());
      }
      case Begin.Keyword keyword -> {
        typed(reply, "keyword", 2);
        reply.bulk("keyword");
        reply.bulk(keyword.word());
        pair(reply, "startfrom", keyword.from());
      }
      case Begin.Unknown _ -> typed(reply, "unknown", 0);
    }
    reply.bulk("find_keys");
    switch (key.find()) {
      case Find.Range range -> {
        typed(reply, "range", 3);
        pair(reply, "lastkey", range.last());
        pair(reply, "keystep", range.step());
        pair(reply, "limit", range.limit());
      }
      case Find.Number number -> {
        typed(reply, "keynum", 3);
        pair(reply, "keynumidx", number.at());
        pair(reply, "firstkey", number.first());
        pair(reply, "keystep", number.step());
      }
      case Find.Unknown _ -> typed(reply, "unknown", 0);
    }
  }

  private static void typed(Reply reply, String type, int pairs) {
    reply.map(2);
    reply.bulk("type");
    reply.bulk(type);
    reply.bulk("spec");
    reply.map(pairs);
  }

  private static void pair(Reply reply, String name, long value) {
    reply.bulk(name);
    reply.integer(value);
  }

  // ---- DOCS

  private void docs(Call call) {
    List<Command> wanted = new ArrayList<>();
    if (call.count() == 2) {
      wanted.addAll(server.table().all());
    }
    for (int i = 2; i < call.count(); i++) {
      Command command = named(call.text(i));
      if (command != null) {
        wanted.add(command);
      }
    }
    call.reply().map(wanted.size());
    for (Command command : wanted) {
      call.reply().bulk(command.name());
      docs(call.reply(), command);
    }
  }

  private static void docs(Reply reply, Command command) {
    CommandSpec spec = command.spec();
    int facts =
        spec.docs.size()
            + (spec.history.isEmpty() ? 0 : 1)
            + (spec.docFlags.isEmpty() ? 0 : 1)
            + (spec.arguments.isEmpty() ? 0 : 1)
            + (command.subcommands.isEmpty() ? 0 : 1);
    reply.map(facts);
    for (Map.Entry<String, String> fact : spec.docs.entrySet()) {
      reply.bulk(fact.getKey());
      reply.bulk(fact.getValue());
    }
    if (!spec.docFlags.isEmpty()) {
      reply.bulk("doc_flags");
      reply.set(spec.docFlags.size());
      spec.docFlags.forEach(reply::status);
    }
    if (!spec.history.isEmpty()) {
      reply.bulk("history");
      reply.set(spec.history.size());
      spec.history.forEach(entry -> history(reply, entry));
    }
    if (!spec.arguments.isEmpty()) {
      reply.bulk("arguments");
      arguments(reply, spec.arguments);
    }
    if (!command.subcommands.isEmpty()) {
      reply.bulk("subcommands");
      reply.map(command.subcommands.size());
      for (Command sub : command.subcommands.values()) {
        reply.bulk(sub.name());
        docs(reply, sub);
      }
    }
  }

  private static void history(Reply reply, String entry) {
    int bar = entry.indexOf(" | ");
    reply.array(2);
    reply.bulk(bar < 0 ? entry : entry.substring(0, bar));
    reply.bulk(bar < 0 ? "Changed." : entry.substring(bar + 3));
  }

  private static void arguments(Reply reply, List<Argument> arguments) {
    reply.array(arguments.size());
    for (Argument argument : arguments) {
      int facts =
          2
              + argument.texts.size()
              + (argument.keySpec >= 0 ? 1 : 0)
              + (argument.flags.isEmpty() ? 0 : 1)
              + (argument.parts.isEmpty() ? 0 : 1);
      reply.map(facts);
      reply.bulk("name");
      reply.bulk(argument.name);
      reply.bulk("type");
      reply.bulk(argument.type);
      argument.texts.forEach((name, value) -> {
        reply.bulk(name);
        reply.bulk(value);
      });
      if (argument.keySpec >= 0) {
        pair(reply, "key_spec_index", argument.keySpec);
      }
      if (!argument.flags.isEmpty()) {
        reply.bulk("flags");
        reply.set(argument.flags.size());
        argument.flags.forEach(reply::status);
      }
      if (!argument.parts.isEmpty()) {
        reply.bulk("arguments");
        arguments(reply, argument.parts);
      }
    }
  }

  // ---- LIST, GETKEYS

  private void list(Call call) {
    List<String> names = new ArrayList<>();
    for (Command command : server.table().all()) {
      names.add(command.name());
      command.subcommands.values().forEach(sub -> names.add(sub.name()));
    }
    if (call.count() == 2) {
      call.reply().set(names.size());
      names.forEach(call.reply()::bulk);
      return;
    }
    if (call.count() == 5 && call.is(2, "FILTERBY")) {
      filter(call, names);
    } else {
      throw call.syntax();
    }
    call.reply().set(names.size());
    names.forEach(call.reply()::bulk);
  }

  private void filter(Call call, List<String> names) {
    //> phase 3: by category, by pattern, by module?
    if (call.is(3, "ACLCAT")) {
      String category = call.text(4).toLowerCase(Locale.ROOT);
      names.removeIf(name -> !specOf(name).categories.contains(category));
    } else if (call.is(3, "PATTERN")) {
      names.removeIf(name -> !Glob.matchesAnyCase(call.arg(4), name.getBytes(ISO_8859_1)));
    } else if (call.is(3, "MODULE")) {
      names.clear();
    } else {
      throw call.syntax();
    }
    //< phase 3
  }

  private CommandSpec specOf(String name) {
    Command command = server.table().named(name);
    assert command != null;
    return command.spec();
  }

  private void getKeys(Call call, boolean withFlags) {
    //> phase 3: which words of a command are keys, and what if it makes no sense?
    byte[][] args = java.util.Arrays.copyOfRange(call.args(), 2, call.count());
    Command command = server.table().find(args[0]);
    if (command != null && command.isContainer() && args.length > 1) {
      command =
          command.subcommands.getOrDefault(
              new String(args[1], ISO_8859_1).toLowerCase(Locale.ROOT), command);
    }
    if (command == null) {
      throw ErrorReply.err("Invalid command specified");
    }
    if (command.spec().keys.isEmpty()) {
      throw ErrorReply.err("The command has no key arguments");
    }
    if (!command.spec().isArity(args.length)) {
      throw ErrorReply.err("Invalid number of arguments specified for command");
    }
    List<Keys.Key> keys = Keys.of(command.spec(), args);
    if (keys != null) {
      keys.removeIf(Keys.Key::isChannel);
    }
    if (keys == null || keys.isEmpty()) {
      if (command.has(Flag.NO_MANDATORY_KEYS) && keys != null) {
        call.reply().array(0);
        return;
      }
      throw ErrorReply.err("Invalid arguments specified for command");
    }
    call.reply().array(keys.size());
    for (Keys.Key key : keys) {
      if (withFlags) {
        call.reply().array(2);
        call.reply().bulk(args[key.index()]);
        call.reply().set(key.flags().size());
        key.flags().forEach(call.reply()::status);
      } else {
        call.reply().bulk(args[key.index()]);
      }
    }
    //< phase 3
  }
}
