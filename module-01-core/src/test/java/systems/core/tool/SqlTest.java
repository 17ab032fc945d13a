package systems.core.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import systems.core.column.Batch;
import systems.core.column.ColumnType;
import systems.core.column.Cursor;
import systems.core.column.Field;
import systems.core.column.Morsel;
import systems.core.column.Scan;
import systems.core.column.Schema;
import systems.core.column.StringVector;
import systems.core.column.Table;

class SqlTest {
  @TempDir private Path folder;

  private final List<String> opened = new ArrayList<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final StringWriter err = new StringWriter();

  /** Three rows: city, v. */
  private static final class Cities implements Table {
    private static final List<String> NAMES = List.of("Oslo", "Århus, \"DK\"", "");

    @Override
    public Schema schema() {
      return new Schema(
          List.of(
              new Field("city", ColumnType.STRING, true), new Field("v", ColumnType.LONG, true)));
    }

    @Override
    public long bytes() {
      return 3;
    }

    @Override
    public List<Morsel> morsels(Scan scan) {
      return List.of(
          new Morsel() {
            @Override
            public long bytes() {
              return 3;
            }

            @Override
            public Cursor open() {
              return cursor(scan);
            }
          });
    }

    private static Cursor cursor(Scan scan) {
      return new Cursor() {
        private boolean done;

        @Override
        public boolean next(Batch batch) {
          batch.rows = done ? 0 : 3;
          for (int i = 0; i < scan.columns().size() && !done; i++) {
            fill(batch, i, scan.columns().get(i));
          }
          boolean more = !done;
          done = true;
          return more;
        }

        @Override
        public void close() {}
      };
    }

    private static void fill(Batch batch, int place, int column) {
      if (column == 1) {
        batch.longs(place).values[0] = 1;
        batch.longs(place).values[1] = -20;
        batch.longs(place).isNull[2] = true;
        batch.longs(place).nullCount = 1;
        return;
      }
      StringVector strings = batch.strings(place);
      strings.bytes = String.join("", NAMES).getBytes(StandardCharsets.UTF_8);
      int at = 0;
      for (int row = 0; row < 3; row++) {
        strings.starts[row] = at;
        strings.lengths[row] = NAMES.get(row).getBytes(StandardCharsets.UTF_8).length;
        at += strings.lengths[row];
      }
    }

    @Override
    public void close() {}
  }

  private int run(OutputStream stream, String... args) {
    var command =
        new Sql(
            name -> {
              opened.add(name);
              return new Cities();
            },
            stream);
    return new CommandLine(command)
        .setErr(new PrintWriter(err, true))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .execute(args);
  }

  private String text() {
    return out.toString(StandardCharsets.UTF_8);
  }

  @Test
  @Tag("phase-7")
  void anAnswerIsCsvUnlessSomebodyLooks() {
    int code = run(out, "select city, v, v / 2 half from t order by v", "some.csv");
    assertThat(text())
        .isEqualTo(
            """
            city,v,half
            "Århus, ""DK""\",-20,-10.0
            Oslo,1,0.5
            "",,
            """);
    assertThat(code).isZero();
    assertThat(opened).containsExactly("some.csv");
  }

  @Test
  @Tag("phase-7")
  void aBoxHasNumbersOnTheRight() {
    run(out, "--format", "box", "select city, v from t order by v");
    assertThat(text())
        .isEqualTo(
            """
            ┌─────────────┬──────┐
            │ city        │    v │
            ├─────────────┼──────┤
            │ Århus, "DK" │  -20 │
            │ Oslo        │    1 │
            │             │ NULL │
            └─────────────┴──────┘
            3 rows
            """);
  }

  @Test
  @Tag("phase-7")
  void linesOfJsonAreObjects() {
    run(
        out,
        "--format",
        "json",
        "select city, v > 0 as p, date '2024-02-29' as d, 1e300 * 1e300 as x from t order by v");
    assertThat(text())
        .isEqualTo(
            """
            {"city":"Århus, \\"DK\\"","p":false,"d":"2024-02-29","x":"Infinity"}
            {"city":"Oslo","p":true,"d":"2024-02-29","x":"Infinity"}
            {"city":"","p":null,"d":"2024-02-29","x":"Infinity"}
            """);
  }

  @Test
  @Tag("phase-7")
  void aTableStandsInTheQueryOrBesideIt() {
    run(out, "select count(*) from 'a b.parquet'");
    run(out, "--table", "t=x.csv", "--table", "u=y.csv", "select count(*) from u");
    assertThat(opened).containsExactly("a b.parquet", "y.csv");
    assertThat(text()).isEqualTo("count(*)\n3\n".repeat(2));
  }

  @Test
  @Tag("phase-7")
  void aPlanAndWhatWasDoneCanBeSeen() {
    run(out, "--explain", "select v from 'f' where city = 'Oslo' and v > 0 limit 3");
    assertThat(text())
        .isEqualTo(
            """
            limit     3, offset 0
            items     v
            filter    v >= 1 and (city = 'Oslo')
            pushed    city = 'Oslo', v >= 1
            scan      city, v
            """);
    run(out, "--stats", "--progress", "--memory", "1kb", "select sum(v) from t");
    assertThat(err.toString())
        .contains("100 %")
        .contains("1 morsels, 3 rows scanned, 1 rows returned, 0 bytes spilled");
  }

  @Test
  @Tag("phase-7")
  void aReaderThatHasGoneIsNoFailure() {
    var closed =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    assertThat(run(closed, "select * from t")).isZero();
    assertThat(err.toString()).isEmpty();
  }

  @Test
  @Tag("given")
  void aWrongQueryIsToldWithItsPlace() {
    assertThat(run(out, "select vv from t")).isEqualTo(1);
    assertThat(err.toString())
        .isEqualTo(
            """
            There is no column "vv"; there are city, v.
            select vv from t
                   ^
            """);
  }

  @Test
  @Tag("given")
  void aWrongCommandLineIsCodeTwo() {
    assertThat(run(out)).isEqualTo(2);
    assertThat(run(out, "--threads", "0", "select 1 from t")).isEqualTo(2);
    assertThat(run(out, "--memory", "much", "select 1 from t")).isEqualTo(2);
    assertThat(err.toString()).contains("--memory is a size like 256MB; it is much");
  }

  @Test
  @Tag("given")
  void aFileIsParquetByItsFirstBytes() throws IOException {
    Path parquet = Files.writeString(folder.resolve("table.csv"), "PAR1...");
    Path csv = Files.writeString(folder.resolve("table.parquet"), "PAR,1");
    assertThat(Tables.isParquet(parquet)).isTrue();
    assertThat(Tables.isParquet(csv)).isFalse();
  }
}
