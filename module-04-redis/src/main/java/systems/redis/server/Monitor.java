package systems.redis.server;

import java.util.LinkedHashSet;
import java.util.Set;
import systems.redis.resp.RequestReader;

/** Clients that see every command: MONITOR. */
final class Monitor {
  private final Server server;
  private final Set<Client> monitors = new LinkedHashSet<>();

  Monitor(Server server) {
    this.server = server;
  }

  void add(Client client) {
    client.monitor = true;
    monitors.add(client);
  }

  void remove(Client client) {
    client.monitor = false;
    monitors.remove(client);
  }

  int count() {
    return monitors.size();
  }

  /** Shows a command that has run, or is about to if it is a script. */
  void feed(Client client, Command command, byte[][] args) {
    if (monitors.isEmpty() || command.has(Flag.ADMIN)) {
      return;
    }
    //> phase 3: what does a person see of a command, and what may nobody see?
    if (command.has(Flag.SKIP_MONITOR) && !isShownFirst(command)) {
      return;
    }
    String line = line(client, SlowLog.Redaction.of(command, args));
    for (Client monitor : monitors) {
      server.push(monitor, reply -> reply.status(line));
    }
    //< phase 3 with: assert !monitors.isEmpty();
  }

  /** A script is shown before what it runs. */
  static boolean isShownFirst(Command command) {
    return command.name().startsWith("eval") || command.name().startsWith("fcall");
  }

  private String line(Client client, byte[][] args) {
    long micros = server.nowMicros();
    var text = new StringBuilder();
    text.append(micros / 1_000_000).append('.');
    text.append(String.format(java.util.Locale.ROOT, "%06d", micros % 1_000_000));
    String from = client.fromScript ? "lua" : client.link().peer();
    text.append(" [").append(client.db().index()).append(' ').append(from).append(']');
    for (byte[] arg : args) {
      text.append(' ').append(RequestReader.Words.quoted(arg));
    }
    return text.toString();
  }
}
