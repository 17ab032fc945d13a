package systems.redis.command;

import systems.redis.server.CommandTable;

/** All commands on values. */
public final class Commands {
  private Commands() {}

  public static void register(CommandTable table) {
    StringCommands.register(table);
    KeyCommands.register(table);
    ListCommands.register(table);
    SetCommands.register(table);
    HashCommands.register(table);
    ZsetCommands.register(table);
    ZsetRangeCommands.register(table);
    ZsetSetCommands.register(table);
    BitCommands.register(table);
    HllCommands.register(table);
    GeoCommands.register(table);
    StreamCommands.register(table);
    GroupCommands.register(table);
    SortCommands.register(table);
    ObjectCommands.register(table);
    DebugCommands.register(table);
  }
}
