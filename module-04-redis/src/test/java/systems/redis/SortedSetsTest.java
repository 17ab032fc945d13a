package systems.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.TreeSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Sorted sets, the places and the counts that live in them and in strings, and SORT. */
@Tag("phase-2")
final class SortedSetsTest extends Dialogue {
  @Test
  void membersLieInTheOrderOfScores() throws Exception {
    expect("three are new", "ZADD z 2 b 1 a 2 aa", ":3");
    expect("equal scores by their bytes", "ZRANGE z 0 -1", "[a, aa, b]");
    expect("backwards", "ZRANGE z 0 -1 REV", "[b, aa, a]");
    expect("from the beginning", "ZRANK z b", ":2");
    expect("from the end", "ZREVRANK z b", ":0");
    expect("nobody", "ZRANK z x", "nil");
    expect("a new score is no new member", "ZADD z 0 b", ":0");
    expect("but another place", "ZRANGE z 0 0 WITHSCORES", "[b, 0]");
  }

  @Test
  void zaddHasConditions() throws Exception {
    say("ZADD z 5 m");
    expect("NX does not replace", "ZADD z NX 9 m", ":0");
    expect("XX does not add", "ZADD z XX 9 n", ":0");
    expect("not greater", "ZADD z GT CH 4 m", ":0");
    expect("greater", "ZADD z GT CH 6 m", ":1");
    expect("not less", "ZADD z LT CH 7 m", ":0");
    expect("GT adds who is new", "ZADD z GT 1 new", ":1");
    expect("as the last allowed one said", "ZSCORE z m", "6");
    expect("the new score", "ZADD z INCR 4 m", "10");
    expect("refused by NX", "ZADD z NX INCR 4 m", "nil");
    expect(
        "they exclude each other",
        "ZADD z NX XX 1 m",
        "-ERR XX and NX options at the same time are not compatible");
    say("ZADD z inf m");
    expect(
        "infinity minus infinity",
        "ZINCRBY z -inf m",
        "-ERR resulting score is not a number (NaN)");
    expect("no number", "ZADD z nan m", "-ERR value is not a valid float");
    expect("a number has one sign", "ZADD z --1 m", "-ERR value is not a valid float");
  }

  @Test
  void aRangeMayLeaveItsEndsOut() throws Exception {
    say("ZADD z 1 a 2 b 3 c 4 d");
    expect("both ends belong to it", "ZRANGEBYSCORE z 2 3", "[b, c]");
    expect("a parenthesis leaves the end out", "ZRANGEBYSCORE z (2 (4", "[c]");
    expect("infinities", "ZRANGEBYSCORE z -inf (3", "[a, b]");
    expect("skip one, take two", "ZRANGEBYSCORE z -inf +inf LIMIT 1 2", "[b, c]");
    expect("backwards", "ZREVRANGEBYSCORE z 4 (1 LIMIT 0 2", "[d, c]");
    expect("counted", "ZCOUNT z (1 3", ":2");
    expect("reversed ends", "ZRANGEBYSCORE z 3 2", "[]");
    expect("removed", "ZREMRANGEBYSCORE z (1 3", ":2");
    expect("what is left", "ZRANGE z 0 -1", "[a, d]");
    expect("no number", "ZCOUNT z x 1", "-ERR min or max is not a float");
  }

  @Test
  void equalScoresAreADictionary() throws Exception {
    say("ZADD z 0 a 0 b 0 ba 0 c");
    expect("from b on", "ZRANGEBYLEX z [b +", "[b, ba, c]");
    expect("without b", "ZRANGEBYLEX z (b (c", "[ba]");
    expect("all", "ZLEXCOUNT z - +", ":4");
    expect("backwards", "ZRANGE z (c - BYLEX REV LIMIT 0 2", "[ba, b]");
    expect(
        "a bound has a kind", "ZRANGEBYLEX z b c", "-ERR min or max not valid string range item");
    expect("removed", "ZREMRANGEBYLEX z [b [ba", ":2");
  }

  @Test
  void sortedSetsHaveAnAlgebra() throws Exception {
    say("ZADD a 1 x 2 y");
    say("ZADD b 10 y 20 z");
    expect("scores are added", "ZUNION 2 a b WITHSCORES", "[x, 1, y, 12, z, 20]");
    expect(
        "weights and the larger one",
        "ZUNION 2 a b WEIGHTS 3 1 AGGREGATE MAX WITHSCORES",
        "[x, 3, y, 10, z, 20]");
    expect("who is in both", "ZINTER 2 a b WITHSCORES", "[y, 12]");
    expect("who is only in the first", "ZDIFF 2 a b WITHSCORES", "[x, 1]");
    expect("counted", "ZINTERCARD 2 a b", ":1");
    expect("stored", "ZUNIONSTORE a 2 a b", ":3");
    expect("in place of a source", "ZSCORE a y", "12");
    say("SADD s x");
    expect("a set's members score 1", "ZINTER 2 a s WITHSCORES", "[x, 2]");
  }

  @Test
  void theEndsCanBePopped() throws Exception {
    say("ZADD z 1 a 2 b 3 c");
    expect("the smallest", "ZPOPMIN z", "[a, 1]");
    expect("the largest", "ZPOPMAX z 1", "[c, 3]");
    expect("from the first that is there", "ZMPOP 2 none z MAX", "[z, [[b, 2]]]");
    expect("an empty one is no key", "EXISTS z", ":0");
  }

  @Test
  void aSortedSetIsAListpackUntilItIsLongOrWide() throws Exception {
    for (int i = 0; i < 128; i++) {
      say("ZADD z " + i % 7 + " m" + i);
    }
    expect("128 members", "OBJECT ENCODING z", "listpack");
    String before = say("ZRANGE z 0 -1 WITHSCORES");
    say("ZADD z 100 last");
    expect("one more", "OBJECT ENCODING z", "skiplist");
    say("ZREM z last");
    expect("the order is the same in both forms", "ZRANGE z 0 -1 WITHSCORES", before);
    expect("it does not go back", "OBJECT ENCODING z", "skiplist");
    say("ZADD w 1 " + "x".repeat(65));
    expect("65 bytes", "OBJECT ENCODING w", "skiplist");
    say("ZADD v 1 " + "x".repeat(64));
    expect("64 bytes", "OBJECT ENCODING v", "listpack");
  }

  // ---- bits

  @Test
  void theHighestBitComesFirst() throws Exception {
    expect("it was 0", "SETBIT b 0 1", ":0");
    assertThat(wire.call("GET", "b")).as("bit 0 is worth 128").isEqualTo("$1\r\n\u0080\r\n");
    expect("it is 1", "GETBIT b 0", ":1");
    expect("behind the end", "GETBIT b 100", ":0");
    say("SETBIT b 23 1");
    expect("three bytes now", "STRLEN b", ":3");
    expect("two ones", "BITCOUNT b", ":2");
    expect("in the last byte", "BITCOUNT b -1 -1", ":1");
    expect("among the first bits", "BITCOUNT b 0 7 BIT", ":1");
    expect("the first one", "BITPOS b 1", ":0");
    expect("the first zero", "BITPOS b 0", ":1");
    expect("from the second byte on", "BITPOS b 1 1", ":23");
    expect(
        "an offset is not negative",
        "SETBIT b -1 1",
        "-ERR bit offset is not an integer or out of range");
    expect("a bit is 0 or 1", "SETBIT b 1 2", "-ERR bit is not an integer or out of range");
  }

  @Test
  void aZeroBehindAllOnesIsBehindTheString() throws Exception {
    assertThat(wire.call("SET", "b", "\u00ff\u00ff")).isEqualTo("+OK\r\n");
    expect("the string goes on with zeros", "BITPOS b 0", ":16");
    expect("unless an end was named", "BITPOS b 0 0 -1", ":-1");
  }

  @Test
  void bitopWorksOnStringsOfDifferentLength() throws Exception {
    say("SET a abc");
    say("SET b a");
    expect("as long as the longest", "BITOP AND r a b", ":3");
    expect("the shorter one goes on with zeros", "GET r", "a\0\0");
    say("BITOP OR r a b");
    expect("or", "GET r", "abc");
    say("BITOP XOR r a a");
    expect("a text and itself", "GET r", "\0\0\0");
    say("BITOP NOT r b");
    assertThat(wire.call("GET", "r")).as("all bits turned").isEqualTo("$1\r\n\u009e\r\n");
    expect("of nothing", "BITOP AND r none none", ":0");
    expect("nothing is no key", "EXISTS r", ":0");
  }

  @Test
  void fieldsOfBitsOverflowAsAsked() throws Exception {
    expect("set, and read back", "BITFIELD f SET u8 0 255 GET u8 0", "[:0, :255]");
    expect("it wraps", "BITFIELD f INCRBY u8 0 10", "[:9]");
    expect("it stays at the end", "BITFIELD f OVERFLOW SAT INCRBY u8 0 1000", "[:255]");
    expect("it refuses", "BITFIELD f OVERFLOW FAIL INCRBY u8 0 1", "[nil]");
    expect("with a sign", "BITFIELD f GET i8 0", "[:-1]");
    expect("the third field of its width", "BITFIELD f SET u4 #2 15 GET u8 8", "[:0, :240]");
    expect("a sign's overflow", "BITFIELD g SET i8 0 127 INCRBY i8 0 1", "[:0, :-128]");
  }

  // ---- counts and places

  @Test
  void aCountOfDifferentElements() throws Exception {
    expect("new ones", "PFADD p a b c", ":1");
    expect("seen before", "PFADD p a b", ":0");
    expect("three", "PFCOUNT p", ":3");
    say("PFADD q c d");
    expect("the union's", "PFCOUNT p q", ":4");
    expect("a union leaves its sources alone", "PFCOUNT p", ":3");
    say("PFMERGE r p q");
    expect("merged", "PFCOUNT r", ":4");
    say("SET s text");
    expect(
        "a string that is none",
        "PFCOUNT s",
        "-WRONGTYPE Key is not a valid HyperLogLog string value.");
  }

  @Test
  void placesAreNumbersThatSortByNearness() throws Exception {
    say("GEOADD g 13.361389 38.115556 Palermo 15.087269 37.502669 Catania");
    expect("kilometers", "GEODIST g Palermo Catania km", "166.2742");
    expect("their usual text", "GEOHASH g Palermo", "[sqc8b49rny0]");
    expect(
        "the middle of the smallest box",
        "GEOPOS g Palermo none",
        "[[13.36138933897018433, 38.11555639549629859], nil]");
    expect(
        "the nearest first",
        "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 200 km ASC WITHDIST",
        "[[Catania, 56.4413], [Palermo, 190.4424]]");
    expect("too far", "GEOSEARCH g FROMLONLAT 15 37 BYRADIUS 100 km ASC", "[Catania]");
    expect(
        "a box around a member",
        "GEOSEARCH g FROMMEMBER Palermo BYBOX 400 200 km DESC",
        "[Catania, Palermo]");
    expect("a number as any score", "ZSCORE g Palermo", "3479099956230698");
    assertThat(say("GEOADD g 200 0 x")).startsWith("-ERR invalid longitude,latitude pair");
  }

  @Test
  void aPlaceAcrossTheDateLineIsNear() throws Exception {
    say("GEOADD g 179.9 0 east -179.9 0 west");
    expect(
        "eleven kilometers away", "GEOSEARCH g FROMMEMBER east BYRADIUS 50 km ASC", "[east, west]");
  }

  // ---- SORT

  @Test
  void sortOrdersByNumberOrByText() throws Exception {
    say("RPUSH l 10 9 2 33");
    expect("as numbers", "SORT l", "[2, 9, 10, 33]");
    expect("as text", "SORT l ALPHA", "[10, 2, 33, 9]");
    expect("a part of them", "SORT l DESC LIMIT 1 2", "[10, 9]");
    say("RPUSH w b a");
    expect("no numbers", "SORT w", "-ERR One or more scores can't be converted into double");
    expect("stored as a list", "SORT w ALPHA STORE t", ":2");
    expect("in order", "LRANGE t 0 -1", "[a, b]");
  }

  @Test
  void sortLooksAtOtherKeys() throws Exception {
    say("RPUSH l 1 2 3");
    say("MSET w_1 30 w_2 10 w_3 20 o_1 one o_2 two");
    say("HSET h_1 n x");
    expect("by what they weigh", "SORT l BY w_*", "[2, 3, 1]");
    expect("what is said of them", "SORT l BY w_* GET # GET o_*", "[2, two, 3, nil, 1, one]");
    expect("a field of a hash", "SORT l BY nosort GET h_*->n", "[x, nil, nil]");
    expect("not at all", "SORT l BY nosort", "[1, 2, 3]");
  }

  @Test
  void aRandomMemberIsOneOfThem() throws Exception {
    say("ZADD z 1 a 2 b 3 c");
    var seen = new TreeSet<String>();
    for (int i = 0; i < 300; i++) {
      seen.add(say("ZRANDMEMBER z"));
    }
    assertThat(seen).containsExactly("a", "b", "c");
  }
}
