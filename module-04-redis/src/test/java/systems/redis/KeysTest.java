package systems.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Keys of any type: names, times, walks. */
@Tag("phase-1")
final class KeysTest extends Dialogue {
  @Test
  void existsCountsAKeyAsOftenAsItIsNamed() throws Exception {
    say("SET a 1");
    expect("a key named twice counts twice", "EXISTS a a none", ":2");
    expect("but it can be deleted once only", "DEL a a none", ":1");
    expect("it is gone", "EXISTS a", ":0");
  }

  @Test
  void aRenamedKeyTakesItsTimeAlong() throws Exception {
    say("SET a 1 EX 1000");
    say("SET b 2 EX 5");
    expect("b is there", "RENAMENX a b", ":0");
    expect("RENAME replaces", "RENAME a b", "OK");
    expect("the value has moved", "GET b", "1");
    expect("the time has moved with it", "TTL b", ":1000");
    expect("the old name is free", "EXISTS a", ":0");
    expect("nothing to rename", "RENAME a c", "-ERR no such key");
    expect("a key may be renamed to itself", "RENAME b b", "OK");
    expect("and is there afterwards", "GET b", "1");
  }

  @Test
  void aRenameToAKeyWithATimeDoesNotInheritIt() throws Exception {
    say("SET a 1");
    say("SET b 2 EX 100");
    say("RENAME a b");
    expect("the replaced key's time is gone with it", "TTL b", ":-1");
  }

  @Test
  void aCopyIsItsOwn() throws Exception {
    say("APPEND a x");
    say("EXPIRE a 1000");
    expect("a free name", "COPY a b", ":1");
    expect("the name is taken now", "COPY a b", ":0");
    say("APPEND a y");
    expect("the copy does not change with its source", "GET b", "x");
    expect("the time is copied", "TTL b", ":1000");
    expect("a copy onto itself", "COPY a a", "-ERR source and destination objects are the same");
    expect("into another database", "COPY a a DB 1", ":1");
    say("SELECT 1");
    expect("it is there", "GET a", "xy");
  }

  @Test
  void moveChangesTheDatabase() throws Exception {
    say("SET a 1 EX 1000");
    expect("it leaves", "MOVE a 3", ":1");
    expect("it is not here", "EXISTS a", ":0");
    say("SELECT 3");
    expect("it is there", "GET a", "1");
    expect("with its time", "TTL a", ":1000");
    expect("databases are counted", "MOVE a 99", "-ERR DB index is out of range");
  }

  @Test
  void keysMatchPatternsOfBytes() throws Exception {
    say("MSET hello 1 hallo 1 hllo 1 heeeello 1 h*llo 1 hbllo 1");
    assertThat(sorted("KEYS h?llo"))
        .as("one byte")
        .containsExactly("h*llo", "hallo", "hbllo", "hello");
    assertThat(sorted("KEYS h*llo")).as("any number of bytes").hasSize(6);
    assertThat(sorted("KEYS h[ae]llo")).as("one of two").containsExactly("hallo", "hello");
    assertThat(sorted("KEYS h[^e]llo"))
        .as("none of these")
        .containsExactly("h*llo", "hallo", "hbllo");
    assertThat(sorted("KEYS h[a-b]llo")).as("a range").containsExactly("hallo", "hbllo");
    assertThat(sorted("KEYS h\\*llo")).as("a star that is none").containsExactly("h*llo");
    assertThat(sorted("KEYS *e*l*o")).as("stars").containsExactly("heeeello", "hello");
  }

  @Test
  void aPatternOfManyStarsEnds() throws Exception {
    say("SET " + "a".repeat(200) + " 1");
    assertThat(sorted("KEYS " + "a*".repeat(60) + "b")).isEmpty();
  }

  private List<String> sorted(String line) throws Exception {
    String[] all = list(say(line));
    return List.of(all).stream().sorted().toList();
  }

  private static String[] list(String shown) {
    String inside = shown.substring(1, shown.length() - 1);
    return inside.isEmpty() ? new String[0] : inside.split(", ");
  }

  // ---- times

  @Test
  void aTimeIsReadInFourWays() throws Exception {
    say("SET k 1");
    say("PEXPIREAT k 99999999999123");
    expect("milliseconds", "PEXPIRETIME k", ":99999999999123");
    expect("whole seconds", "EXPIRETIME k", ":99999999999");
    say("PEXPIREAT k 99999999999500");
    expect("the nearest one", "EXPIRETIME k", ":100000000000");
    say("EXPIRE k 100");
    expect("seconds from now", "TTL k", ":100");
    expect("no time to live", "PERSIST k", ":1");
    expect("none to take away", "PERSIST k", ":0");
    expect("for ever", "TTL k", ":-1");
    expect("no such key", "TTL none", ":-2");
    expect("no such key", "EXPIRE none 1", ":0");
  }

  @Test
  void expireHasConditions() throws Exception {
    say("SET k 1");
    expect("no time yet", "EXPIRE k 100 XX", ":0");
    expect("for ever is longer than any time", "EXPIRE k 100 GT", ":0");
    expect("and so LT may shorten it", "EXPIRE k 100 LT", ":1");
    expect("there is one", "EXPIRE k 200 NX", ":0");
    expect("not longer", "EXPIRE k 50 GT", ":0");
    expect("longer", "EXPIRE k 200 GT", ":1");
    expect("not shorter", "EXPIRE k 300 LT", ":0");
    expect("as the last allowed one said", "TTL k", ":200");
    expect(
        "they exclude each other",
        "EXPIRE k 1 GT LT",
        "-ERR GT and LT options at the same time are not compatible");
  }

  @Test
  void aTimeInThePastDeletesAtOnce() throws Exception {
    say("SET k 1");
    expect("the key was there", "EXPIRE k -1", ":1");
    expect("it is gone without waiting", "DBSIZE", ":0");
    say("SET k 1");
    say("EXPIREAT k 1");
    expect("it is gone without waiting", "DBSIZE", ":0");
  }

  @Test
  void aTimeMayNotOverflow() throws Exception {
    say("SET k 1");
    String refused = "-ERR invalid expire time in 'expire' command";
    expect("seconds times 1000 leave 64 bits", "EXPIRE k 9223372036854775807", refused);
    expect("and so on the other side", "EXPIRE k -9223372036854775807", refused);
    expect(
        "now plus the time leaves 64 bits",
        "PEXPIRE k 9223372036854775807",
        "-ERR invalid expire time in 'pexpire' command");
    expect("a refused time changes nothing", "TTL k", ":-1");
  }

  @Test
  void aDeadKeyIsGoneForWhoeverLooks() throws Exception {
    say("DEBUG SET-ACTIVE-EXPIRE 0");
    for (String name : "a b c d e f g".split(" ")) {
      say("SET " + name + " 1 PX 1");
    }
    Patience.until("the clock to pass the time of the keys", () -> say("GET a").equals("nil"));
    Patience.until("the same of the last key", () -> say("PTTL g").equals(":-2"));
    expect("TYPE looks", "TYPE b", "none");
    expect("EXISTS looks", "EXISTS c", ":0");
    expect("APPEND begins anew", "APPEND d x", ":1");
    expect("DEL has nothing to delete", "DEL e", ":0");
    expect("RENAME finds nothing", "RENAME f x", "-ERR no such key");
    expect("who begins anew has no time", "TTL d", ":-1");
    expect("all that was looked at is gone", "DBSIZE", ":1");
  }

  @Test
  void deadKeysGoAwayThoughNobodyLooks() throws Exception {
    for (int i = 0; i < 500; i++) {
      say("SET dead:" + i + " 1 PX 1");
    }
    say("SET lives 1 EX 1000");
    Patience.until("the dead keys to go", () -> say("DBSIZE").equals(":1"));
    expect("a key whose time has not come stays", "GET lives", "1");
  }

  @Test
  void aNewValueHasNotTheOldOnesTime() throws Exception {
    say("SET k 1 EX 100");
    say("DEL k");
    say("SET k 2");
    expect("the time went with the old value", "TTL k", ":-1");
    say("SET k 1 EX 100");
    say("GETSET k 2");
    expect("GETSET sets a new value", "TTL k", ":-1");
    say("EXPIRE k 100");
    say("INCR k");
    expect("INCR changes the old value", "TTL k", ":100");
    say("APPEND k 1");
    expect("APPEND changes the old value", "TTL k", ":100");
  }

  // ---- walks

  private Map<String, Integer> scanned(String options, Runnable between) throws Exception {
    var seen = new HashMap<String, Integer>();
    String cursor = "0";
    do {
      String reply = say("SCAN " + cursor + options);
      int comma = reply.indexOf(", ");
      cursor = reply.substring(1, comma);
      for (String key : list(reply.substring(comma + 2, reply.length() - 1))) {
        seen.merge(key, 1, Integer::sum);
      }
      between.run();
    } while (!cursor.equals("0"));
    return seen;
  }

  @Test
  void aScanOfATableAtRestShowsEachKeyOnce() throws Exception {
    for (int i = 0; i < 300; i++) {
      say("SET k" + i + " 1");
    }
    scanned("", () -> {}); // the table has come to rest
    assertThat(scanned(" COUNT 7", () -> {}))
        .as("each key exactly once")
        .hasSize(300)
        .allSatisfy((_, times) -> assertThat(times).isEqualTo(1));
  }

  @Test
  void aScanKeepsItsGuaranteeWhileTheTableShrinks() throws Exception {
    for (int i = 0; i < 2000; i++) {
      say("SET goes:" + i + " 1");
    }
    Set<String> stays = new HashSet<>();
    for (int i = 0; i < 40; i++) {
      say("SET stays:" + i + " 1");
      stays.add("stays:" + i);
    }
    int[] at = {0};
    var seen =
        scanned(
            " COUNT 5",
            () -> {
              try {
                for (int n = 0; n < 100 && at[0] < 2000; n++) {
                  say("DEL goes:" + at[0]++);
                }
              } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
    assertThat(seen.keySet().containsAll(stays))
        .as("all keys that were there from the beginning of the scan to its end were seen")
        .isTrue();
  }

  @Test
  void aScanFiltersByPatternAndType() throws Exception {
    say("MSET a1 1 a2 1 b1 1");
    assertThat(scanned(" MATCH a*", () -> {}).keySet()).containsOnly("a1", "a2");
    assertThat(scanned(" TYPE string", () -> {})).hasSize(3);
    assertThat(scanned(" TYPE list", () -> {})).isEmpty();
    expect("a cursor is a number", "SCAN x", "-ERR invalid cursor");
    expect("a step has a length", "SCAN 0 COUNT 0", "-ERR syntax error");
  }

  @Test
  void aScanLeavesDeadKeysOut() throws Exception {
    say("DEBUG SET-ACTIVE-EXPIRE 0");
    say("SET dead 1 PX 1");
    say("SET lives 1");
    Patience.until("the key's time to come", () -> say("KEYS dead").equals("[]"));
    assertThat(scanned("", () -> {}).keySet()).as("a dead key is not shown").containsOnly("lives");
    expect("and the walk has taken it out", "DBSIZE", ":1");
  }

  @Test
  void aRandomKeyIsAnyOfThem() throws Exception {
    expect("no key", "RANDOMKEY", "nil");
    Set<String> all = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      say("SET k" + i + " 1");
      all.add("k" + i);
    }
    var seen = new HashSet<String>();
    for (int i = 0; i < 2000 && seen.size() < 20; i++) {
      seen.add(say("RANDOMKEY"));
    }
    assertThat(seen).as("after 2000 draws").isEqualTo(all);
  }

  @Test
  void flushingEmptiesOneDatabaseOrAll() throws Exception {
    say("SET a 1");
    say("SELECT 1");
    say("SET b 1");
    say("FLUSHDB");
    expect("this one is empty", "DBSIZE", ":0");
    say("SELECT 0");
    expect("the other one is not", "DBSIZE", ":1");
    say("FLUSHALL");
    expect("now it is", "DBSIZE", ":0");
  }
}
