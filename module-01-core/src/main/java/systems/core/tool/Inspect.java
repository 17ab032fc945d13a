package systems.core.tool;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import systems.core.parquet.ParquetLayout;

/**
 * Shows how a Parquet file is laid out: columns, row groups, chunks with their encodings and sizes,
 * and on demand each page. It reads the footer and the headers of pages, no values.
 */
@Command(
    name = "inspect",
    description = "Shows columns, row groups, chunks and pages of a Parquet file.",
    sortOptions = false)
final class Inspect implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "A Parquet file.")
  private Path file = Path.of("");

  @Option(names = "--pages", description = "Shows each page too.")
  private boolean pages;

  @Override
  public Integer call() throws IOException {
    ParquetLayout layout = ParquetLayout.of(file, pages);
    PrintWriter out = out();
    out.printf(
        Locale.ROOT,
        "%s: %,d bytes, %,d rows in %d row groups, written by %s%n%n",
        file.getFileName(),
        layout.bytes(),
        layout.footerRows(),
        layout.groups().size(),
        layout.createdBy().isEmpty() ? "nobody who says so" : layout.createdBy());
    print(out, layout);
    return 0;
  }

  private PrintWriter out() {
    if (spec == null) {
      throw new AssertionError("picocli injects it");
    }
    return spec.commandLine().getOut();
  }

  private static void print(PrintWriter out, ParquetLayout layout) {
    for (ParquetLayout.ColumnShape column : layout.columns()) {
      String remark = column.refusal() == null ? "" : "   (not read)";
      String nulls = column.optional() ? "optional" : "required";
      out.printf("%-24s %s %s%s%n", column.name(), nulls, column.type(), remark);
    }
    int number = 0;
    for (ParquetLayout.Group group : layout.groups()) {
      out.printf(
          Locale.ROOT,
          "%nrow group %d: %,d rows, %,d bytes, %s uncompressed%n",
          number++,
          group.rows(),
          group.compressed(),
          ratio(group.uncompressed(), group.compressed()));
      group.chunks().forEach(chunk -> print(out, chunk));
    }
  }

  private static void print(PrintWriter out, ParquetLayout.Chunk chunk) {
    out.printf(
        Locale.ROOT,
        "  %-22s %,12d bytes %8s  %-12s %s%s%n",
        chunk.column(),
        chunk.compressed(),
        ratio(chunk.uncompressed(), chunk.compressed()),
        chunk.codec(),
        chunk.encodings(),
        chunk.hasBloomFilter() ? ", Bloom filter" : "");
    String nulls = chunk.nulls() < 0 ? "an unknown number" : String.valueOf(chunk.nulls());
    String bounds = chunk.min().isEmpty() ? "" : chunk.min() + " to " + chunk.max() + ", ";
    out.printf("  %-22s %s%s absent%n", "", bounds, nulls);
    for (ParquetLayout.Page page : chunk.pages()) {
      out.printf(
          Locale.ROOT,
          "  %-22s %,12d bytes %8s  %-12s %s, %,d values, at %,d%n",
          "",
          page.compressed(),
          ratio(page.uncompressed(), page.compressed()),
          page.kind(),
          page.encoding(),
          page.values(),
          page.offset());
    }
  }

  private static String ratio(long uncompressed, long compressed) {
    return compressed == 0
        ? "-"
        : String.format(Locale.ROOT, "%.2fx", (double) uncompressed / compressed);
  }
}
