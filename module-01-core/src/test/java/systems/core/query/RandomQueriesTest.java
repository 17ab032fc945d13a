package systems.core.query;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.core.Effort;

@Tag("phase-7")
class RandomQueriesTest {
  private static final int QUERIES_PER_TABLE = 20;

  @Test
  void answersAreThoseOfTheSlowInterpreter() {
    for (long seed = 0; seed < Effort.of(60, 25); seed++) {
      var random = new RandomSql(seed);
      MemoryTable table = random.table(400);
      for (int i = 0; i < QUERIES_PER_TABLE; i++) {
        String sql = random.query();
        String about = RandomSql.told(seed, sql);
        List<List<@Nullable Object>> right = SlowSelect.answer(sql, table.schema(), table.rows);
        SameRows.check(about, sql.contains(" order by "), answer(table, sql, about), right);
      }
    }
  }

  @Test
  @Tag("black-box")
  void answersAreThoseOfDuckDb() throws Exception {
    try (var judge = new DuckDb()) {
      for (long seed = 1000; seed < 1000 + Effort.of(14, 6); seed++) {
        compare(judge, seed, 800);
      }
    }
  }

  @Test
  @Tag("black-box")
  @Tag("slow")
  void answersAreThoseOfDuckDbForAWholeNight() throws Exception {
    try (var judge = new DuckDb()) {
      for (long seed = 100_000; seed < 100_120; seed++) {
        compare(judge, seed, 3000);
      }
    }
  }

  private static void compare(DuckDb judge, long seed, int rowsMax) throws Exception {
    var random = new RandomSql(seed);
    MemoryTable table = random.table(rowsMax);
    judge.load(table);
    for (int i = 0; i < QUERIES_PER_TABLE; i++) {
      String sql = random.query();
      String about = RandomSql.told(seed, sql);
      SameRows.check(
          about, sql.contains(" order by "), answer(table, sql, about), judge.answer(sql));
    }
  }

  private static List<List<@Nullable Object>> answer(MemoryTable table, String sql, String about) {
    try {
      return Answers.of(table, sql);
    } catch (RuntimeException | AssertionError e) {
      throw new AssertionError(about, e);
    }
  }
}
