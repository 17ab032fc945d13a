package systems.redis.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** HELP of a command with subcommands: how each is called. */
final class Help {
  private Help() {}

  static void reply(Call call) {
    CommandSpec container = call.command().spec().container();
    assert container != null;
    String name = container.name().toUpperCase(Locale.ROOT);
    var lines = new ArrayList<String>();
    lines.add(name + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
    for (CommandSpec sub : container.subcommands.values()) {
      if (!sub.shortName().equals("help")) {
        lines.add(sub.shortName().toUpperCase(Locale.ROOT) + usage(sub));
        lines.add("    " + sub.docs.getOrDefault("summary", "See COMMAND DOCS."));
      }
    }
    lines.add("HELP");
    lines.add("    Print this help.");
    call.reply().array(lines.size());
    lines.forEach(call.reply()::status);
  }

  /** The arguments in the usual notation. */
  static String usage(CommandSpec spec) {
    var text = new StringBuilder();
    spec.arguments.forEach(argument -> text.append(' ').append(usage(argument)));
    return text.toString();
  }

  private static String usage(CommandSpec.Argument argument) {
    String token = argument.texts.getOrDefault("token", "");
    String name = argument.texts.getOrDefault("display_text", argument.name);
    String body =
        switch (argument.type) {
          case "pure-token" -> token;
          case "oneof" -> token(token) + join(argument.parts, "|");
          case "block" -> token(token) + join(argument.parts, " ");
          default -> token(token) + "<" + name + ">";
        };
    if (argument.flags.contains("multiple")) {
      body = body + " [" + body + " ...]";
    }
    return argument.flags.contains("optional") ? "[" + body + "]" : body;
  }

  private static String token(String token) {
    return token.isEmpty() ? "" : token + " ";
  }

  private static String join(List<CommandSpec.Argument> parts, String between) {
    return String.join(between, parts.stream().map(Help::usage).toList());
  }
}
