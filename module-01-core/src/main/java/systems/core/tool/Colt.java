package systems.core.tool;

import picocli.CommandLine.Command;

/** Tables in files: ask them, look into them, turn them into others. */
@Command(
    name = "colt",
    description = "Tables in CSV and Parquet files.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {Convert.class, Sql.class, Inspect.class, OneBrc.class})
final class Colt {}
