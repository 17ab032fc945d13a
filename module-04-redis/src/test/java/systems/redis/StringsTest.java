package systems.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Strings, seen from a socket. */
@Tag("phase-1")
final class StringsTest extends Dialogue {
  @Test
  void setHasConditions() throws Exception {
    expect("nothing is there to replace", "SET k 1 XX", "nil");
    expect("nothing is there, so NX may write", "SET k 1 NX", "OK");
    expect("NX does not replace", "SET k 2 NX", "nil");
    expect("a refused SET leaves the value alone", "GET k", "1");
    expect("GET returns what was there before", "SET k 3 GET", "1");
    expect("NX with GET tells what stood in the way", "SET k 4 NX GET", "3");
    expect("both conditions cannot hold", "SET k 5 NX XX", "-ERR syntax error");
  }

  @Test
  void setTakesTheTimeAwayUnlessItIsToldToKeepIt() throws Exception {
    say("SET k 1 EX 1000");
    say("SET k 2 KEEPTTL");
    expect("KEEPTTL keeps the time", "TTL k", ":1000");
    say("SET k 3");
    expect("a plain SET is a new value without a time", "TTL k", ":-1");
    expect("two times contradict", "SET k 4 EX 10 KEEPTTL", "-ERR syntax error");
    expect(
        "a time that is over is refused",
        "SET k 4 EX 0",
        "-ERR invalid expire time in 'set' command");
  }

  @Test
  void aStringThatIsWrittenOnceHasNoSlack() throws Exception {
    say("SETRANGE k 100000 x");
    assertThat(memoryOf("k")).as("bytes of a new one").isBetween(100_001, 101_000);
    say("SETRANGE k 100001 x");
    assertThat(memoryOf("k")).as("bytes of one that has grown").isBetween(150_000, 201_000);
  }

  private int memoryOf(String key) throws IOException {
    return Integer.parseInt(say("MEMORY USAGE " + key).substring(1));
  }

  @Test
  void aCounterEndsWhereSixtyFourBitsEnd() throws Exception {
    say("SET n 9223372036854775806");
    expect("the largest number is reached", "INCR n", ":9223372036854775807");
    expect(
        "a sum beyond 64 bits is refused", "INCR n", "-ERR increment or decrement would overflow");
    expect("a refused INCR changes nothing", "GET n", "9223372036854775807");
    say("SET n -9223372036854775808");
    expect(
        "the smallest number has no successor below",
        "DECR n",
        "-ERR increment or decrement would overflow");
    expect(
        "the smallest number has no opposite",
        "DECRBY n -9223372036854775808",
        "-ERR decrement would overflow");
  }

  @Test
  void onlyWhatPrintsTheSameIsANumber() throws Exception {
    for (String text : new String[] {"007", "+1", "-0", "1.0", "9223372036854775808", "a"}) {
      say("SET n " + text);
      expect("this text is no integer", "INCR n", "-ERR value is not an integer or out of range");
      expect("and comes back as it was", "GET n", text);
    }
  }

  @Test
  void aStringGrowsByZeros() throws Exception {
    say("SET k ab");
    expect("the length is that of the new end", "SETRANGE k 4 x", ":5");
    expect("zeros fill the gap", "GET k", "ab\0\0x");
    expect("nothing to write makes no key", "EXISTS none", ":0");
    assertThat(call(wire, "SETRANGE", "none", "5", "")).isEqualTo(":0");
    expect("an empty SETRANGE makes no key", "EXISTS none", ":0");
    expect("an offset is not negative", "SETRANGE k -1 x", "-ERR offset is out of range");
  }

  @Test
  void appendReturnsTheWholeLength() throws Exception {
    expect("APPEND makes the key", "APPEND k 12", ":2");
    expect("APPEND counts what was there", "APPEND k 34", ":4");
    expect("a number that grew is a string of digits", "GET k", "1234");
    expect("and still a number", "INCR k", ":1235");
  }

  @Test
  void aPartCountsFromBothEnds() throws Exception {
    say("SET k abcdef");
    expect("both ends belong to the part", "GETRANGE k 1 3", "bcd");
    expect("negative indexes count from the end", "GETRANGE k -3 -1", "def");
    expect("what lies before the beginning is cut", "GETRANGE k -100 1", "ab");
    expect("what lies behind the end is cut", "GETRANGE k 4 100", "ef");
    expect("a reversed part is empty", "GETRANGE k 3 1", "");
  }

  @Test
  void msetnxWritesAllOrNothing() throws Exception {
    say("SET b old");
    expect("one key is there", "MSETNX a 1 b 2 c 3", ":0");
    expect("then no key is written", "MGET a b c", "[nil, old, nil]");
    expect("all are free", "MSETNX d 1 e 2", ":1");
    expect("a key without a value", "MSET a", "-ERR wrong number of arguments for 'mset' command");
  }

  @Test
  void getDelAndGetExDoBoth() throws Exception {
    say("SET k v");
    expect("the value comes", "GETEX k EX 100", "v");
    expect("GETEX has set the time", "TTL k", ":100");
    say("GETEX k PERSIST");
    expect("PERSIST has taken it away", "TTL k", ":-1");
    expect("the value comes once more", "GETDEL k", "v");
    expect("and the key is gone", "EXISTS k", ":0");
    say("SET k v");
    expect("the value comes although its time is over", "GETEX k PXAT 1", "v");
    expect("a time in the past deletes", "EXISTS k", ":0");
  }

  @Test
  void floatsPrintWithoutTheErrorOfBinaryFractions() throws Exception {
    say("SET f 10.50");
    expect("the sum is decimal", "INCRBYFLOAT f 0.1", "10.6");
    expect("trailing zeros go", "INCRBYFLOAT f -0.6", "10");
    expect("this is no number", "INCRBYFLOAT f abc", "-ERR value is not a valid float");
    say("EXPIRE f 100");
    say("INCRBYFLOAT f 1");
    expect("a change of the value keeps the time", "TTL f", ":100");
  }

  @Test
  void theLongestCommonSubsequenceNeedNotBeOnePiece() throws Exception {
    say("MSET a ohmytext b mynewtext");
    expect("the letters in their order", "LCS a b", "mytext");
    expect("their number", "LCS a b LEN", ":6");
    expect(
        "the pieces, the last one first",
        "LCS a b IDX MINMATCHLEN 3",
        "[matches, [[[4, 7], [5, 8]]], len, :6]".replaceAll("(?<=[\\[ ])(\\d)", ":$1"));
  }

  @Test
  void anEncodingTellsHowAStringIsKept() throws Exception {
    say("SET n 12345678901");
    expect("a number is kept as one", "OBJECT ENCODING n", "int");
    say("SET s short");
    expect("a short text lies with its head", "OBJECT ENCODING s", "embstr");
    say("SET l " + "x".repeat(45));
    expect("a long text does not", "OBJECT ENCODING l", "raw");
    say("SET z 0123");
    expect("a leading zero would be lost", "OBJECT ENCODING z", "embstr");
  }
}
