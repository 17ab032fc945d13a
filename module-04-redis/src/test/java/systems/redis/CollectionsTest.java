package systems.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Lists, sets and hashes, and when their form changes. */
@Tag("phase-2")
final class CollectionsTest extends Dialogue {
  private static List<String> sorted(String shown) {
    String inside = shown.substring(1, shown.length() - 1);
    return Arrays.stream(inside.split(", ")).sorted().toList();
  }

  // ---- lists

  @Test
  void listsHaveTwoEnds() throws Exception {
    expect("each is put before the others", "LPUSH l a b c", ":3");
    expect("each is put behind the others", "RPUSH l d", ":4");
    expect("so they lie", "LRANGE l 0 -1", "[c, b, a, d]");
    expect("the first", "LPOP l", "c");
    expect("the last two, the last one first", "RPOP l 2", "[d, a]");
    expect("more than there are", "LPOP l 9", "[b]");
    expect("an empty list is no key", "EXISTS l", ":0");
    expect("nothing to pop", "LPOP l", "nil");
    expect("LPUSHX makes no list", "LPUSHX l a", ":0");
    expect("and so there is none", "EXISTS l", ":0");
  }

  @Test
  void theMiddleOfAListCanBeChanged() throws Exception {
    say("RPUSH l a b c b a");
    expect("before the first b", "LINSERT l BEFORE b x", ":6");
    expect("behind the first b", "LINSERT l AFTER b y", ":7");
    expect("so they lie", "LRANGE l 0 -1", "[a, x, b, y, c, b, a]");
    expect("no such element", "LINSERT l BEFORE z x", ":-1");
    say("LSET l -1 z");
    expect("the last one was set", "LINDEX l 6", "z");
    expect("there is no seventh", "LSET l 7 z", "-ERR index out of range");
    expect("one b from the end", "LREM l -1 b", ":1");
    expect("the b in front is left", "LRANGE l 0 -1", "[a, x, b, y, c, z]");
    say("LTRIM l 1 -2");
    expect("without both ends", "LRANGE l 0 -1", "[x, b, y, c]");
    say("LTRIM l 5 10");
    expect("nothing is left, not even the key", "EXISTS l", ":0");
  }

  @Test
  void lposSearchesFromBothEnds() throws Exception {
    say("RPUSH l a b c 1 2 3 c c");
    expect("the first", "LPOS l c", ":2");
    expect("the second", "LPOS l c RANK 2", ":6");
    expect("the last", "LPOS l c RANK -1", ":7");
    expect("all", "LPOS l c COUNT 0", "[:2, :6, :7]");
    expect("two from the end", "LPOS l c RANK -1 COUNT 2", "[:7, :6]");
    expect("within the first three", "LPOS l c COUNT 0 MAXLEN 3", "[:2]");
    expect("nowhere", "LPOS l x", "nil");
  }

  @Test
  void anElementMayMoveToItsOwnList() throws Exception {
    say("RPUSH l a b c");
    expect("the last becomes the first", "LMOVE l l RIGHT LEFT", "c");
    expect("the list has turned", "LRANGE l 0 -1", "[c, a, b]");
    say("RPUSH one x");
    expect("a list of one element", "RPOPLPUSH one one", "x");
    expect("is still there", "LRANGE one 0 -1", "[x]");
    expect("nothing to move", "LMOVE none l LEFT LEFT", "nil");
    say("SET s 1");
    assertThat(say("LMOVE l s LEFT LEFT")).as("into a string").startsWith("-WRONGTYPE");
    expect("what cannot be put is not taken", "LLEN l", ":3");
  }

  @Test
  void aLongListIsRightInItsMiddle() throws Exception {
    for (int i = 0; i < 3000; i++) {
      say("RPUSH l " + i + ":" + "x".repeat(20));
    }
    expect("far from both ends", "LINDEX l 1500", "1500:" + "x".repeat(20));
    expect("counted from the end", "LINDEX l -1000", "2000:" + "x".repeat(20));
    say("LTRIM l 1000 -1001");
    expect("the ends are cut", "LLEN l", ":1000");
    expect("and the first is the right one", "LINDEX l 0", "1000:" + "x".repeat(20));
  }

  // ---- sets

  @Test
  void setsAreAdded() throws Exception {
    expect("two of three are new", "SADD s a b a", ":2");
    expect("it is in", "SISMEMBER s a", ":1");
    expect("in their order", "SMISMEMBER s a x b", "[:1, :0, :1]");
    expect("one of two was in", "SREM s a x", ":1");
    expect("the last one", "SREM s b", ":1");
    expect("an empty set is no key", "EXISTS s", ":0");
  }

  @Test
  void setsHaveAnAlgebra() throws Exception {
    say("SADD a 1 2 3 4");
    say("SADD b 3 4 5");
    say("SADD c 4 x");
    assertThat(sorted(say("SINTER a b"))).containsExactly("3", "4");
    assertThat(sorted(say("SUNION a b c"))).containsExactly("1", "2", "3", "4", "5", "x");
    assertThat(sorted(say("SDIFF a b c"))).containsExactly("1", "2");
    expect("the intersection's size", "SINTERCARD 2 a b", ":2");
    expect("no further than the limit", "SINTERCARD 2 a b LIMIT 1", ":1");
    expect("with a set that is not there", "SINTER a none", "[]");
    expect("stored in one of the sources", "SINTERSTORE a a b c", ":1");
    expect("which is replaced", "SMEMBERS a", "[4]");
    expect("an empty result", "SDIFFSTORE a b b", ":0");
    expect("takes the key away", "EXISTS a", ":0");
    expect("a member moves", "SMOVE c b x", ":1");
    expect("it has left", "SISMEMBER c x", ":0");
    expect("it has arrived", "SISMEMBER b x", ":1");
  }

  @Test
  void whatIsPoppedIsGone() throws Exception {
    Set<String> all = new HashSet<>();
    for (int i = 0; i < 50; i++) {
      say("SADD s m" + i);
      all.add("m" + i);
    }
    Set<String> popped = new HashSet<>();
    popped.addAll(sorted(say("SPOP s 10")));
    for (int i = 0; i < 39; i++) {
      popped.add(say("SPOP s"));
    }
    assertThat(popped).as("no member comes twice").hasSize(49).isSubsetOf(all);
    popped.addAll(sorted(say("SPOP s 5")));
    assertThat(popped).isEqualTo(all);
    expect("nothing is left", "EXISTS s", ":0");
  }

  @Test
  void membersAtRandom() throws Exception {
    say("SADD s a b c");
    assertThat(sorted(say("SRANDMEMBER s 5"))).as("all, once").containsExactly("a", "b", "c");
    assertThat(sorted(say("SRANDMEMBER s -50"))).as("with repetition").hasSize(50);
    expect("none was taken", "SCARD s", ":3");
    expect("of no set", "SRANDMEMBER none", "nil");
  }

  // ---- hashes

  @Test
  void hashesHaveFields() throws Exception {
    expect("two are new", "HSET h a 1 b 2", ":2");
    expect("one is new", "HSET h a 3 c 4", ":1");
    expect("it was replaced", "HGET h a", "3");
    expect("in their order", "HMGET h c x a", "[4, nil, 3]");
    expect("in the order in which they came", "HGETALL h", "[a, 3, b, 2, c, 4]");
    expect("it is there", "HSETNX h a 9", ":0");
    expect(
        "a value without a field", "HSET h a", "-ERR wrong number of arguments for 'hset' command");
    expect("a value's length", "HSTRLEN h a", ":1");
    expect("one of two", "HDEL h a x", ":1");
    say("HDEL h b c");
    expect("an empty hash is no key", "EXISTS h", ":0");
  }

  @Test
  void aValueIsNotMistakenForAField() throws Exception {
    say("HSET h f v v w");
    expect("the field v, not the value v", "HGET h v", "w");
    expect("w is no field", "HEXISTS h w", ":0");
  }

  @Test
  void fieldsCount() throws Exception {
    expect("from nothing", "HINCRBY h n 5", ":5");
    expect("down", "HINCRBY h n -7", ":-2");
    say("HSET h max 9223372036854775807 s text");
    expect("too far", "HINCRBY h max 1", "-ERR increment or decrement would overflow");
    expect("no number", "HINCRBY h s 1", "-ERR hash value is not an integer");
    expect("decimal", "HINCRBYFLOAT h f 10.5", "10.5");
    expect("decimal again", "HINCRBYFLOAT h f 0.1", "10.6");
  }

  // ---- encodings

  @Test
  void aSetOfIntegersIsAnIntsetUntilItIsLongOrHasAWord() throws Exception {
    say("SADD s 1 2 3");
    expect("integers", "OBJECT ENCODING s", "intset");
    say("SADD s x");
    expect("a word", "OBJECT ENCODING s", "hashtable");
    assertThat(sorted(say("SMEMBERS s"))).as("nobody is lost").containsExactly("1", "2", "3", "x");
    say("SREM s x");
    expect("it does not go back", "OBJECT ENCODING s", "hashtable");
    for (int i = 0; i < 512; i++) {
      say("SADD n " + i);
    }
    expect("512 integers", "OBJECT ENCODING n", "intset");
    say("SADD n 512");
    expect("one more", "OBJECT ENCODING n", "hashtable");
    expect("nobody is lost", "SCARD n", ":513");
    say("SADD z 01");
    expect("a number with a zero in front is a word", "OBJECT ENCODING z", "hashtable");
  }

  @Test
  void aHashIsAListpackUntilItIsLongOrWide() throws Exception {
    say("HSET h f " + "x".repeat(64));
    expect("64 bytes", "OBJECT ENCODING h", "listpack");
    say("HSET h g " + "x".repeat(65));
    expect("65 bytes", "OBJECT ENCODING h", "hashtable");
    expect("the other field is there", "HSTRLEN h f", ":64");
    for (int i = 0; i < 512; i++) {
      say("HSET n f" + i + " v");
    }
    expect("512 fields", "OBJECT ENCODING n", "listpack");
    say("HSET n f512 v");
    expect("one more", "OBJECT ENCODING n", "hashtable");
    expect("nobody is lost", "HLEN n", ":513");
  }

  @Test
  void thresholdsAreSettings() throws Exception {
    wire.close();
    server.close();
    server =
        Ours.start(
            folder,
            "hash-max-listpack-entries 1",
            "set-max-intset-entries 1",
            "zset-max-listpack-entries 1");
    wire = server.connect();
    say("HSET h a 1 b 2");
    say("SADD s 1 2");
    say("ZADD z 1 a 2 b");
    expect("two fields", "OBJECT ENCODING h", "hashtable");
    expect("two integers", "OBJECT ENCODING s", "hashtable");
    expect("two members", "OBJECT ENCODING z", "skiplist");
  }

  @Test
  void aWalkOfACollectionShowsAllOfIt() throws Exception {
    Set<String> all = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      say("SADD s m" + i);
      say("HSET h m" + i + " v");
      say("ZADD z " + i + " m" + i);
      all.add("m" + i);
    }
    for (String line : new String[] {"SSCAN s ", "HSCAN h ", "ZSCAN z "}) {
      Set<String> seen = new HashSet<>();
      String cursor = "0";
      do {
        String reply = say(line + cursor);
        int comma = reply.indexOf(", ");
        cursor = reply.substring(1, comma);
        for (String word : sorted(reply.substring(comma + 2, reply.length() - 1))) {
          if (word.startsWith("m")) {
            seen.add(word);
          }
        }
      } while (!cursor.equals("0"));
      assertThat(seen).as(line).isEqualTo(all);
    }
  }

  @Test
  void mgetHasNoErrors() throws Exception {
    say("SET a 1");
    expect("one element", "LPUSH l x", ":1");
    expect("what is no string is nil", "MGET a l none", "[1, nil, nil]");
  }

  @Test
  void aStringCommandRefusesAList() throws Exception {
    say("LPUSH l x");
    String wrong = "-WRONGTYPE Operation against a key holding the wrong kind of value";
    for (String line : new String[] {"GET l", "APPEND l x", "INCR l", "GETRANGE l 0 1"}) {
      expect("a list is no string", line, wrong);
    }
    expect("SET replaces a value of any type", "SET l x", "OK");
  }

  @Test
  void aReplyThatIsTooLongEndsItsConnectionAndNothingElse() throws Exception {
    wire.call("CONFIG", "SET", "client-output-buffer-limit", "normal 1000000 0 0");
    say("HSET h f v");
    say("SADD s m");
    say("ZADD z 1 m");
    for (String asked : new String[] {"HRANDFIELD h", "SRANDMEMBER s", "ZRANDMEMBER z"}) {
      try (Wire greedy = server.connect()) {
        String[] words = (asked + " -999999999").split(" ");
        greedy.send(words);
        assertThat(greedy.ends()).as("the connection of who asks for %s", asked).isTrue();
      }
    }
    expect("the server goes on", "PING", "PONG");
  }
}
