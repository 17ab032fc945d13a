package systems.core.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files are hardly longer than those that DuckDB writes of the same rows with the same codec. */
@Tag("phase-7")
@Tag("black-box")
class SizeTest {
  private static final double RATIO_MAX = 1.05;

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "integers that rise; select i * 3 + (hash(i) & 3)::bigint as n from range(60000) r(i)",
        "any integers; select (hash(i) >> 1)::bigint as n from range(60000) r(i)",
        "few strings; select 'city number ' || hash(i) % 200 as s from range(60000) r(i)",
        "many strings; select 'user ' || hash(i) as s from range(60000) r(i)",
        "doubles; select sin(i) * 1000 as d from range(60000) r(i)",
        "prices; select (hash(i) % 100000)::double / 100 as d from range(60000) r(i)",
        "times; select timestamp '2024-01-01' + to_microseconds(i * 1000003"
            + " + (hash(i) % 1000)::bigint) as t from range(60000) r(i)",
        "flags; select case when hash(i) % 5 > 0 then hash(i) % 3 = 0 end as b, (i // 100)::integer % 7 as r from range(60000) r(i)",
      })
  void aFileIsHardlyLongerThanDuckDbs(String name, String select) throws Exception {
    Path theirs = directory.resolve("duck.parquet");
    Path ours = directory.resolve("ours.parquet");
    try (var duck = new Duck()) {
      for (Codec codec : new Codec[] {Codec.UNCOMPRESSED, Codec.LZ4_RAW, Codec.GZIP}) {
        long best = Long.MAX_VALUE;
        for (String version : new String[] {"v1", "v2"}) {
          duck.execute(
              "copy (%s) to %s (format parquet, codec '%s', parquet_version '%s')"
                  .formatted(select, Duck.quoted(theirs), codec, version));
          best = Math.min(best, Files.size(theirs));
        }
        Rows.read(theirs).write(ours, ParquetOptions.DEFAULTS.withCodec(codec));
        assertThat((double) Files.size(ours) / best)
            .as("%s, %s: ours %d bytes, DuckDB's %d", name, codec, Files.size(ours), best)
            .isLessThanOrEqualTo(RATIO_MAX);
      }
    }
  }
}
