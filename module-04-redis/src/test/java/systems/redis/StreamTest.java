package systems.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Streams and their groups, beside a model that is slow and plain. */
@Tag("phase-5")
final class StreamTest extends WithServer {
  // ---- entries

  @Test
  void idsGrow() throws Exception {
    assertThat(say(a, "XADD s 5-1 f v")).isEqualTo("5-1");
    assertThat(say(a, "XADD s 5-1 f v"))
        .as("the id of the last entry, once more")
        .isEqualTo(
            "-ERR The ID specified in XADD is equal or smaller than the target stream top item");
    assertThat(say(a, "XADD s 5-* f v")).isEqualTo("5-2");
    assertThat(say(a, "XADD s 6-* f v")).as("the first of a millisecond").isEqualTo("6-0");
    assertThat(say(a, "XADD s 4 f v")).startsWith("-ERR The ID specified in XADD is equal or sm");
    assertThat(say(a, "XADD t 0-0 f v"))
        .isEqualTo("-ERR The ID specified in XADD must be greater than 0-0");
    assertThat(say(a, "XADD t 0-* f v")).as("the least id there is").isEqualTo("0-1");
    assertThat(say(a, "XADD s 18446744073709551615-18446744073709551615 f v")).contains("-1844");
    assertThat(say(a, "XADD s * f v")).startsWith("-ERR The stream has exhausted the last");
  }

  @Test
  void anIdOfItsOwnIsTheTimeAndNeverLessThanTheLast() throws Exception {
    long before = time(a);
    String id = say(a, "XADD s * f v");
    assertThat(Long.parseLong(id.split("-")[0])).isBetween(before, time(a));
    String future = time(a) + 1_000_000 + "-7";
    say(a, "XADD s " + future + " f v");
    assertThat(say(a, "XADD s * f v"))
        .as("when the clock is behind the last id")
        .isEqualTo(future.replace("-7", "-8"));
  }

  @Test
  void whatIsNotAsItShouldBeIsNamed() throws Exception {
    assertThat(say(a, "XADD s 1-1 f")).startsWith("-ERR wrong number of arguments");
    assertThat(say(a, "XADD s x f v")).startsWith("-ERR Invalid stream ID specified");
    assertThat(say(a, "XADD s NOMKSTREAM 1-1 f v")).isEqualTo("nil");
    assertThat(say(a, "EXISTS s")).isEqualTo("0");
    assertThat(say(a, "XADD s MAXLEN 5 LIMIT 2 1-1 f v"))
        .isEqualTo("-ERR syntax error, LIMIT cannot be used without the special ~ option");
    assertThat(say(a, "XADD s MAXLEN 5 MINID 2 1-1 f v"))
        .startsWith("-ERR syntax error, MAXLEN and");
    say(a, "SET k v");
    assertThat(say(a, "XADD k * f v")).startsWith("-WRONGTYPE");
  }

  @Test
  void aRangeHasOpenAndClosedEnds() throws Exception {
    for (int i = 1; i <= 5; i++) {
      say(a, "XADD s " + i + "-0 n " + i);
    }
    assertThat(say(a, "XRANGE s 2 3")).isEqualTo("[[2-0, [n, 2]], [3-0, [n, 3]]]");
    assertThat(say(a, "XRANGE s (2-0 3")).as("behind 2-0").isEqualTo("[[3-0, [n, 3]]]");
    assertThat(say(a, "XRANGE s 3 (4-0")).as("before 4-0").isEqualTo("[[3-0, [n, 3]]]");
    assertThat(say(a, "XREVRANGE s + - COUNT 2")).isEqualTo("[[5-0, [n, 5]], [4-0, [n, 4]]]");
    assertThat(say(a, "XRANGE s 4 +")).isEqualTo("[[4-0, [n, 4]], [5-0, [n, 5]]]");
    assertThat(say(a, "XRANGE none - +")).isEqualTo("[]");
  }

  @Test
  void deletedEntriesAreRemembered() throws Exception {
    say(a, "XADD s 1-0 f v");
    say(a, "XADD s 2-0 f v");
    assertThat(say(a, "XDEL s 2-0 9-9")).isEqualTo("1");
    assertThat(say(a, "XLEN s")).isEqualTo("1");
    assertThat(say(a, "XADD s 2-0 f v"))
        .as("an id that was there and was deleted")
        .startsWith("-ERR The ID specified in XADD is equal or smaller");
    assertThat(say(a, "XINFO STREAM s"))
        .contains("last-generated-id, 2-0", "max-deleted-entry-id, 2-0", "entries-added, 2");
    assertThat(say(a, "XSETID s 1-5")).startsWith("-ERR The ID specified in XSETID is smaller");
    assertThat(say(a, "XSETID s 9-0 ENTRIESADDED 7")).isEqualTo("OK");
    assertThat(say(a, "XINFO STREAM s")).contains("last-generated-id, 9-0", "entries-added, 7");
  }

  @Test
  void aStreamIsTrimmedExactlyOrByNodes() throws Exception {
    say(a, "CONFIG SET stream-node-max-entries 10");
    for (int i = 1; i <= 45; i++) {
      say(a, "XADD s " + i + "-0 n " + i);
    }
    assertThat(say(a, "XTRIM s MAXLEN ~ 33")).as("nodes of ten entries that fit").isEqualTo("10");
    assertThat(say(a, "XTRIM s MAXLEN = 33")).isEqualTo("2");
    assertThat(say(a, "XTRIM s MINID 20-0")).isEqualTo("7");
    assertThat(say(a, "XRANGE s - + COUNT 1")).isEqualTo("[[20-0, [n, 20]]]");
    assertThat(say(a, "XADD s MAXLEN 2 50-0 n 50")).isEqualTo("50-0");
    assertThat(say(a, "XLEN s")).isEqualTo("2");
    assertThat(say(a, "XTRIM s MAXLEN ~ 0 LIMIT 1")).isEqualTo("0");
  }

  @Test
  void aStreamBehavesAsASortedMap() throws Exception {
    say(a, "CONFIG SET stream-node-max-entries 7");
    Map<Integer, String> model = new TreeMap<>();
    var random = new Random(3);
    int last = 0;
    for (int round = 0; round < Effort.of(2000, 400); round++) {
      int n = 1 + random.nextInt(last + 2);
      switch (random.nextInt(10)) {
        case 0, 1, 2 -> {
          assertThat(say(a, "XDEL s " + n + "-0"))
              .as("XDEL of %d in round %d", n, round)
              .isEqualTo(model.remove(n) == null ? "0" : "1");
        }
        case 3 -> {
          int kept = Math.max(0, model.size() - random.nextInt(4));
          assertThat(say(a, "XTRIM s MAXLEN " + kept))
              .isEqualTo(Integer.toString(model.size() - kept));
          List<Integer> first = new ArrayList<>(model.keySet()).subList(0, model.size() - kept);
          model.keySet().removeAll(List.copyOf(first));
        }
        default -> {
          last += 1 + random.nextInt(3);
          String fields = random.nextBoolean() ? "f v" + last : "x " + last + " y z";
          assertThat(say(a, "XADD s " + last + "-0 " + fields)).isEqualTo(last + "-0");
          model.put(last, "[" + last + "-0, [" + fields.replace(" ", ", ") + "]]");
        }
      }
      int from = random.nextInt(last + 2);
      int to = from + random.nextInt(12);
      List<String> expected = new ArrayList<>();
      model.forEach((id, entry) -> {
        if (id >= from && id <= to) {
          expected.add(entry);
        }
      });
      assertThat(say(a, "XRANGE s " + from + " " + to))
          .as("entries %d to %d in round %d", from, to, round)
          .isEqualTo(expected.toString());
      assertThat(say(a, "XREVRANGE s " + to + " " + from))
          .as("the same backwards in round %d", round)
          .isEqualTo(expected.reversed().toString());
      assertThat(say(a, "XLEN s")).isEqualTo(Integer.toString(model.size()));
    }
  }

  // ---- reading

  @Test
  void aReaderGetsWhatIsBehindItsId() throws Exception {
    say(a, "XADD s 1-0 f v");
    say(a, "XADD t 2-0 f v");
    assertThat(say(a, "XREAD STREAMS s t 0 2-0")).isEqualTo("[[s, [[1-0, [f, v]]]]]");
    assertThat(say(a, "XREAD STREAMS s t 1-0 2-0")).isEqualTo("nil");
    assertThat(say(a, "XREAD COUNT 1 STREAMS s t 0")).startsWith("-ERR Unbalanced 'xread' list");
  }

  @Test
  void aReaderWaitsForTheNextEntry() throws Exception {
    assertThat(say(b, "XADD s 1-0 f old")).isEqualTo("1-0");
    a.send("XREAD", "BLOCK", "0", "STREAMS", "s", "$");
    until("it waits", () -> info(b, "blocked_clients").equals("1"));
    say(b, "XADD s 2-0 f new");
    assertThat(shown(a.reply())).as("what came after $").isEqualTo("[[s, [[2-0, [f, new]]]]]");
    assertThat(say(a, "XREAD BLOCK 1 STREAMS s $")).as("when nothing comes").isEqualTo("nil");
  }

  // ---- groups

  private void group() throws Exception {
    for (int i = 1; i <= 3; i++) {
      say(a, "XADD s " + i + "-0 n " + i);
    }
    assertThat(say(a, "XGROUP CREATE s g 0")).isEqualTo("OK");
  }

  @Test
  void eachEntryGoesToOneConsumer() throws Exception {
    group();
    assertThat(say(a, "XREADGROUP GROUP g one COUNT 2 STREAMS s >"))
        .isEqualTo("[[s, [[1-0, [n, 1]], [2-0, [n, 2]]]]]");
    assertThat(say(b, "XREADGROUP GROUP g two STREAMS s >"))
        .as("what the first consumer has left")
        .isEqualTo("[[s, [[3-0, [n, 3]]]]]");
    assertThat(say(b, "XREADGROUP GROUP g two STREAMS s >")).isEqualTo("nil");
    assertThat(say(a, "XPENDING s g")).isEqualTo("[3, 1-0, 3-0, [[one, 2], [two, 1]]]");
  }

  @Test
  void whatIsAcknowledgedIsPendingNoMore() throws Exception {
    group();
    say(a, "XREADGROUP GROUP g one STREAMS s >");
    assertThat(say(a, "XACK s g 1-0 9-9")).as("acknowledged of two ids").isEqualTo("1");
    assertThat(say(a, "XACK s g 1-0")).as("once more").isEqualTo("0");
    assertThat(say(a, "XREADGROUP GROUP g one STREAMS s 0"))
        .as("the consumer's own history")
        .isEqualTo("[[s, [[2-0, [n, 2]], [3-0, [n, 3]]]]]");
    assertThat(say(a, "XPENDING s g - + 10 one")).contains("2-0, one, ").doesNotContain("1-0");
    assertThat(say(a, "XPENDING s g")).isEqualTo("[2, 2-0, 3-0, [[one, 2]]]");
  }

  @Test
  void historyCountsDeliveriesAndKnowsWhatWasDeleted() throws Exception {
    group();
    say(a, "XREADGROUP GROUP g one COUNT 1 STREAMS s >");
    say(a, "XREADGROUP GROUP g one STREAMS s 0");
    assertThat(deliveries("XPENDING s g - + 10"))
        .as("deliveries after one read and one look at the history")
        .isEqualTo("2");
    say(a, "XDEL s 1-0");
    assertThat(say(a, "XREADGROUP GROUP g one STREAMS s 0")).isEqualTo("[[s, [[1-0, nil]]]]");
  }

  @Test
  void withoutAcknowledgementNothingIsPending() throws Exception {
    group();
    say(a, "XREADGROUP GROUP g one NOACK STREAMS s >");
    assertThat(say(a, "XPENDING s g")).isEqualTo("[0, nil, nil, nil]");
  }

  @Test
  void aConsumerIsKnownFromItsFirstRead() throws Exception {
    group();
    assertThat(say(a, "XREADGROUP GROUP g new STREAMS s 0")).isNotEmpty();
    assertThat(say(a, "XINFO CONSUMERS s g")).contains("name, new, pending, 0");
  }

  /** The last number of what is pending: how often it was delivered. */
  private String deliveries(String asked) throws IOException {
    return say(a, asked).replaceAll(".*, (\\d+)\\]\\]", "$1");
  }

  @Test
  void anEntryCanBeClaimedFromAnother() throws Exception {
    group();
    say(a, "XREADGROUP GROUP g one STREAMS s >");
    assertThat(say(a, "XCLAIM s g two 1000000 1-0"))
        .as("an entry that is not idle for so long")
        .isEqualTo("[]");
    assertThat(say(a, "XCLAIM s g two 0 1-0 7-7")).isEqualTo("[[1-0, [n, 1]]]");
    assertThat(say(a, "XPENDING s g"))
        .as("who has what after a claim")
        .isEqualTo("[3, 1-0, 3-0, [[one, 2], [two, 1]]]");
    assertThat(deliveries("XPENDING s g - + 10 two")).isEqualTo("2");
    assertThat(say(a, "XCLAIM s g three 0 2-0 JUSTID")).isEqualTo("[2-0]");
    assertThat(deliveries("XPENDING s g - + 10 three"))
        .as("deliveries after a claim of the id alone")
        .isEqualTo("1");
    say(a, "XACK s g 3-0");
    assertThat(say(a, "XCLAIM s g two 0 3-0")).as("what is not pending").isEqualTo("[]");
    assertThat(say(a, "XCLAIM s g two 0 3-0 FORCE JUSTID")).isEqualTo("[3-0]");
  }

  @Test
  void idleEntriesAreClaimedInPieces() throws Exception {
    group();
    say(a, "XREADGROUP GROUP g one STREAMS s >");
    say(a, "XDEL s 2-0");
    assertThat(say(a, "XAUTOCLAIM s g two 0 0 COUNT 1")).isEqualTo("[2-0, [[1-0, [n, 1]]], []]");
    assertThat(say(a, "XAUTOCLAIM s g two 0 2-0"))
        .as("the rest: one entry, and one that was deleted meanwhile")
        .isEqualTo("[0-0, [[3-0, [n, 3]]], [2-0]]");
    assertThat(say(a, "XPENDING s g"))
        .as("a deleted entry is pending no more")
        .isEqualTo("[2, 1-0, 3-0, [[two, 2]]]");
  }

  @Test
  void groupsAndConsumersComeAndGo() throws Exception {
    assertThat(say(a, "XGROUP CREATE s g $")).startsWith("-ERR The XGROUP subcommand requires");
    assertThat(say(a, "XGROUP CREATE s g $ MKSTREAM")).isEqualTo("OK");
    assertThat(say(a, "XGROUP CREATE s g $"))
        .isEqualTo("-BUSYGROUP Consumer Group name already exists");
    assertThat(say(a, "XGROUP CREATECONSUMER s g one")).isEqualTo("1");
    assertThat(say(a, "XGROUP CREATECONSUMER s g one")).isEqualTo("0");
    say(a, "XADD s 1-0 f v");
    say(a, "XREADGROUP GROUP g one STREAMS s >");
    assertThat(say(a, "XGROUP DELCONSUMER s g one")).as("what it had pending").isEqualTo("1");
    assertThat(say(a, "XPENDING s g"))
        .as("pending entries of a consumer that has gone")
        .isEqualTo("[0, nil, nil, nil]");
    assertThat(say(a, "XGROUP SETID s g 0")).isEqualTo("OK");
    assertThat(say(a, "XREADGROUP GROUP g two STREAMS s >")).contains("1-0");
    assertThat(say(a, "XGROUP DESTROY s g")).isEqualTo("1");
    assertThat(say(a, "XREADGROUP GROUP g two STREAMS s >")).startsWith("-NOGROUP No such key 's'");
  }

  @Test
  void theLagIsWhatTheGroupHasNotRead() throws Exception {
    group();
    assertThat(say(a, "XINFO GROUPS s")).as("before the first read").contains("lag, 3]");
    say(a, "XREADGROUP GROUP g one COUNT 1 STREAMS s >");
    assertThat(say(a, "XINFO GROUPS s"))
        .isEqualTo(
            "[[name, g, consumers, 1, pending, 1, last-delivered-id, 1-0, entries-read, 1, lag,"
                + " 2]]");
    say(a, "XDEL s 2-0");
    assertThat(say(a, "XINFO GROUPS s"))
        .as("with an entry deleted that the group had before it, nobody knows")
        .endsWith("lag, nil]]");
  }

  @Test
  void aConsumerWaitsAndIsServed() throws Exception {
    assertThat(say(b, "XGROUP CREATE s g $ MKSTREAM")).isEqualTo("OK");
    a.send("XREADGROUP", "GROUP", "g", "one", "BLOCK", "0", "STREAMS", "s", ">");
    until("it waits", () -> info(b, "blocked_clients").equals("1"));
    say(b, "XADD s 1-0 f v");
    assertThat(shown(a.reply())).isEqualTo("[[s, [[1-0, [f, v]]]]]");
    assertThat(say(b, "XPENDING s g")).isEqualTo("[1, 1-0, 1-0, [[one, 1]]]");
  }

  @Test
  void aGroupBehavesAsAModelOfIt() throws Exception {
    say(a, "XGROUP CREATE s g $ MKSTREAM");
    Map<Integer, String> pending = new TreeMap<>(); // entry -> consumer
    var random = new Random(9);
    int last = 0;
    int delivered = 0;
    for (int round = 0; round < Effort.of(1500, 300); round++) {
      String consumer = "c" + random.nextInt(3);
      switch (random.nextInt(6)) {
        case 0, 1 -> say(a, "XADD s " + ++last + "-0 f v");
        case 2 -> {
          int count = 1 + random.nextInt(3);
          List<String> expected = new ArrayList<>();
          for (int i = 0; i < count && delivered < last; i++) {
            pending.put(++delivered, consumer);
            expected.add("[" + delivered + "-0, [f, v]]");
          }
          String all = expected.isEmpty() ? "nil" : "[[s, " + expected + "]]";
          assertThat(say(a, "XREADGROUP GROUP g " + consumer + " COUNT " + count + " STREAMS s >"))
              .as("delivered to %s in round %d", consumer, round)
              .isEqualTo(all);
        }
        case 3 -> {
          int id = 1 + random.nextInt(last + 1);
          assertThat(say(a, "XACK s g " + id + "-0"))
              .as("acknowledged in round %d", round)
              .isEqualTo(pending.remove(id) == null ? "0" : "1");
        }
        case 4 -> {
          int id = 1 + random.nextInt(last + 1);
          boolean there = pending.containsKey(id);
          if (there) {
            pending.put(id, consumer);
          }
          assertThat(say(a, "XCLAIM s g " + consumer + " 0 " + id + "-0 JUSTID"))
              .as("claimed by %s in round %d", consumer, round)
              .isEqualTo(there ? "[" + id + "-0]" : "[]");
        }
        default -> {
          List<String> own = new ArrayList<>();
          pending.forEach((id, owner) -> {
            if (owner.equals(consumer)) {
              own.add("[" + id + "-0, [f, v]]");
            }
          });
          assertThat(say(a, "XREADGROUP GROUP g " + consumer + " STREAMS s 0"))
              .as("the history of %s in round %d", consumer, round)
              .isEqualTo("[[s, " + own + "]]");
        }
      }
    }
    assertThat(say(a, "XPENDING s g")).startsWith("[" + pending.size() + ", ");
  }

  // ---- what outlives the process

  @Test
  void aStreamComesBackWithItsGroups() throws Exception {
    group();
    say(a, "XREADGROUP GROUP g one COUNT 2 STREAMS s >");
    say(a, "XDEL s 1-0");
    String before = say(a, "DEBUG DIGEST");
    String info = say(a, "XINFO STREAM s FULL");
    assertThat(say(a, "DEBUG RELOAD")).isEqualTo("OK");
    assertThat(say(a, "DEBUG DIGEST")).as("the stream after save and load").isEqualTo(before);
    assertThat(say(a, "XINFO STREAM s FULL")).isEqualTo(info);
    assertThat(say(a, "XPENDING s g")).isEqualTo("[2, 1-0, 2-0, [[one, 2]]]");
  }

  @Test
  void aDamagedStreamIsRefusedOrIsOne() throws Exception {
    group();
    say(a, "XREADGROUP GROUP g one COUNT 2 STREAMS s >");
    String dump = a.call("DUMP", "s");
    byte[] payload =
        dump.substring(dump.indexOf("\r\n") + 2, dump.length() - 2)
            .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    java.util.Arrays.fill(payload, payload.length - 8, payload.length, (byte) 0);
    var random = new Random(4);
    int refused = 0;
    for (int i = 0; i < Effort.of(1500, 200); i++) {
      byte[] broken = payload.clone();
      broken[random.nextInt(broken.length - 10)] = (byte) random.nextInt(256);
      String text = new String(broken, java.nio.charset.StandardCharsets.ISO_8859_1);
      String reply = ask(a, "RESTORE", "copy", "0", text, "REPLACE");
      assertThat(reply).as("the reply to damage %d", i).isIn("OK", "-ERR Bad data format");
      if (reply.equals("OK")) {
        assertThat(say(a, "XINFO STREAM copy FULL")).as("damage %d, read whole", i).startsWith("[");
        assertThat(say(a, "XAUTOCLAIM copy g two 0 0")).doesNotContain("internal error");
      } else {
        refused++;
      }
    }
    assertThat(refused).as("damage that was noticed").isGreaterThan(20);
  }
}
