package systems.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Commands that wait: who came first is served first, and each element once. */
@Tag("phase-2")
final class BlockingTest extends Dialogue {
  private final List<Wire> waiting = new ArrayList<>();

  @AfterEach
  void hangUp() throws IOException {
    for (Wire w : waiting) {
      w.close();
    }
  }

  /** One more client that waits: both requests come in one piece, and the first one is answered. */
  private Wire waits(String line) throws IOException {
    Wire client = server.connect();
    waiting.add(client);
    client.raw("PING\r\n" + line + "\r\n");
    hears(client, "then what follows has begun", "PONG");
    return client;
  }

  private static void hears(Wire client, String why, String answer) throws IOException {
    assertThat(shown(client.reply())).as(why).isEqualTo(answer);
  }

  @Test
  void nobodyWaitsForWhatIsThere() throws Exception {
    say("RPUSH l a b");
    expect("at once", "BLPOP none l 0", "[l, a]");
    expect("at once", "BRPOP l 0", "[l, b]");
    say("ZADD z 1 m");
    expect("at once", "BZPOPMIN z 0", "[z, m, 1]");
  }

  @Test
  void whoCameFirstIsServedFirst() throws Exception {
    Wire first = waits("BLPOP l 0");
    Wire second = waits("BLPOP l 0");
    Wire third = waits("BRPOP l 0");
    say("RPUSH l a");
    hears(first, "the first one who waited", "[l, a]");
    say("RPUSH l b c d");
    hears(second, "the second one", "[l, b]");
    hears(third, "the third one, from the other end", "[l, d]");
    expect("nobody wanted it", "LRANGE l 0 -1", "[c]");
  }

  @Test
  void whoWaitsForAListWaitsOnWhenSomethingElseComes() throws Exception {
    Wire waiting = waits("BLPOP k 0");
    Wire other = waits("BZPOPMIN k 0");
    expect("a sorted set", "ZADD k 1 m", ":1");
    hears(other, "who waits for one", "[k, m, 1]");
    say("RPUSH k a");
    hears(waiting, "who waits for a list", "[k, a]");
  }

  @Test
  void aPushIsWholeBeforeSomebodyIsServed() throws Exception {
    Wire client = waits("BLPOP l 0");
    expect("the reply counts all that were pushed", "LPUSH l a b c", ":3");
    hears(client, "the first of the finished list, not the first that was pushed", "[l, c]");
  }

  @Test
  void whoWaitsForManyKeysIsServedOnce() throws Exception {
    Wire client = waits("BLPOP a b 0");
    say("RPUSH b 1");
    hears(client, "by the key that got something", "[b, 1]");
    say("RPUSH a 2");
    expect("nobody waits for it any more", "LLEN a", ":1");
    assertThat(call(client, "PING")).as("the client goes on").isEqualTo("PONG");
  }

  @Test
  void aMoveServesTheNextInLine() throws Exception {
    Wire last = waits("BLPOP b 0");
    Wire mover = waits("BLMOVE a b LEFT RIGHT 0");
    say("RPUSH a x");
    hears(mover, "it moves the element", "x");
    hears(last, "and the one behind it gets it", "[b, x]");
    expect("nothing is left", "EXISTS a b", ":0");
  }

  @Test
  void aTimeoutAnswersNil() throws Exception {
    Wire client = server.connect();
    waiting.add(client);
    client.send("BLPOP", "l", "0.01");
    hears(client, "its time is over", "nil");
    client.send("BLMOVE", "l", "m", "LEFT", "LEFT", "0.01");
    hears(client, "its time is over", "nil");
    expect("a time is not negative", "BLPOP l -1", "-ERR timeout is negative");
    expect("a time is a number", "BLPOP l x", "-ERR timeout is not a float or out of range");
    say("RPUSH l a");
    expect("nobody waits any more", "LLEN l", ":1");
  }

  @Test
  void aKeyOfAnotherTypeServesNobody() throws Exception {
    Wire client = waits("BLPOP k 0");
    say("SADD k x");
    expect("a set is no list", "SCARD k", ":1");
    say("DEL k");
    say("RPUSH k a");
    hears(client, "a list is", "[k, a]");
  }

  @Test
  void sortedSetsAreWaitedForToo() throws Exception {
    Wire min = waits("BZPOPMIN z 0");
    Wire max = waits("BZMPOP 0 1 z MAX COUNT 2");
    say("ZADD z 1 a 2 b 3 c");
    hears(min, "the first one gets the smallest", "[z, a, 1]");
    hears(max, "the second one the two largest", "[z, [[c, 3], [b, 2]]]");
  }

  @Test
  void aRenamedListServesWhoWaitsForItsNewName() throws Exception {
    Wire client = waits("BLPOP new 0");
    say("RPUSH old a");
    say("RENAME old new");
    hears(client, "the key has come to be", "[new, a]");
  }
}
