package systems.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** MULTI is a queue, WATCH a promise that the queue runs only on what was seen. */
@Tag("phase-3")
final class TransactionTest extends WithServer {
  @Test
  void queuedCommandsRunTogetherAndNotBefore() throws Exception {
    assertThat(say(a, "MULTI")).isEqualTo("OK");
    assertThat(say(a, "SET k 1")).as("the reply to a queued command").isEqualTo("QUEUED");
    assertThat(say(a, "INCR k")).isEqualTo("QUEUED");
    assertThat(say(b, "EXISTS k")).as("what others see before EXEC").isEqualTo("0");
    assertThat(say(a, "EXEC")).isEqualTo("[OK, 2]");
    assertThat(say(b, "GET k")).isEqualTo("2");
    assertThat(say(a, "EXEC")).as("a second EXEC").isEqualTo("-ERR EXEC without MULTI");
  }

  @Test
  void aQueueIsEmptyWhenTheNextTransactionBegins() throws Exception {
    say(a, "MULTI");
    say(a, "INCR k");
    say(a, "EXEC");
    say(a, "MULTI");
    assertThat(say(a, "EXEC")).as("a transaction of nothing after one of INCR").isEqualTo("[]");
    assertThat(say(a, "GET k")).isEqualTo("1");
  }

  @Test
  void aCommandThatCannotBeQueuedRefusesTheWhole() throws Exception {
    say(a, "MULTI");
    say(a, "SET k 1");
    assertThat(say(a, "NOSUCH")).startsWith("-ERR unknown command");
    say(a, "SET k 2");
    assertThat(say(a, "EXEC"))
        .as("EXEC after an unknown command in the queue")
        .isEqualTo("-EXECABORT Transaction discarded because of previous errors.");
    assertThat(say(a, "EXISTS k")).isEqualTo("0");
    say(a, "MULTI");
    assertThat(say(a, "GET")).startsWith("-ERR wrong number of arguments");
    assertThat(say(a, "EXEC")).startsWith("-EXECABORT");
  }

  @Test
  void anErrorWhileItRunsStopsNothing() throws Exception {
    say(a, "MULTI");
    say(a, "SET k text");
    say(a, "INCR k");
    say(a, "SET l 1");
    assertThat(say(a, "EXEC"))
        .as("a transaction whose second command fails")
        .isEqualTo("[OK, -ERR value is not an integer or out of range, OK]");
    assertThat(say(a, "GET l")).isEqualTo("1");
  }

  @Test
  void discardForgetsQueueAndWatches() throws Exception {
    say(a, "WATCH k");
    say(a, "MULTI");
    say(a, "SET k mine");
    assertThat(say(a, "DISCARD")).isEqualTo("OK");
    assertThat(say(a, "EXISTS k")).isEqualTo("0");
    say(b, "SET k theirs");
    say(a, "MULTI");
    say(a, "PING");
    assertThat(say(a, "EXEC"))
        .as("a transaction after DISCARD, of a client that had watched k before")
        .isEqualTo("[PONG]");
    assertThat(say(a, "DISCARD")).isEqualTo("-ERR DISCARD without MULTI");
  }

  @Test
  void aChangeOfAWatchedKeyRefuses() throws Exception {
    say(a, "SET k 1");
    say(a, "WATCH k l");
    say(b, "INCR k");
    say(a, "MULTI");
    say(a, "SET k mine");
    assertThat(say(a, "EXEC")).as("EXEC after another client's INCR of k").isEqualTo("nil");
    assertThat(say(a, "GET k")).isEqualTo("2");
    say(a, "MULTI");
    say(a, "SET k mine");
    assertThat(say(a, "EXEC")).as("the next one, which watches nothing").isEqualTo("[OK]");
  }

  @Test
  void aKeyThatWasNotThereIsWatchedToo() throws Exception {
    say(a, "WATCH none");
    say(b, "RPUSH none x");
    say(a, "MULTI");
    say(a, "PING");
    assertThat(say(a, "EXEC")).as("EXEC after the watched key came to be").isEqualTo("nil");
  }

  @Test
  void aReadOfAWatchedKeyChangesNothing() throws Exception {
    say(a, "SET k 1");
    say(a, "WATCH k");
    say(b, "GET k");
    say(b, "SETNX k 2");
    say(a, "MULTI");
    say(a, "PING");
    assertThat(say(a, "EXEC")).isEqualTo("[PONG]");
  }

  @Test
  void aNameIsWatchedInOneDatabaseOnly() throws Exception {
    say(a, "SELECT 1");
    say(a, "WATCH k");
    say(b, "SET k in-zero");
    say(a, "MULTI");
    say(a, "PING");
    assertThat(say(a, "EXEC"))
        .as("EXEC of a watcher of database 1 after a change in database 0")
        .isEqualTo("[PONG]");
    say(a, "WATCH k");
    say(b, "SELECT 1");
    say(b, "SET k in-one");
    say(a, "MULTI");
    say(a, "PING");
    assertThat(say(a, "EXEC")).as("EXEC after a change in its own database").isEqualTo("nil");
  }

  @Test
  void aWatchedKeyThatExpiresUnseenIsAChange() throws Exception {
    say(a, "DEBUG SET-ACTIVE-EXPIRE 0");
    say(a, "SET k v");
    say(a, "WATCH k");
    long end = time(a) + 1;
    say(b, "PEXPIREAT k " + (end + 200));
    say(a, "UNWATCH");
    say(a, "WATCH k");
    untilPassed(b, end + 200);
    say(a, "MULTI");
    say(a, "PING");
    assertThat(say(a, "EXEC"))
        .as("EXEC though the watched key's time has run out and nobody has taken it away yet")
        .isEqualTo("nil");
  }

  @Test
  void aKeyThatHadExpiredBeforeTheWatchMayGo() throws Exception {
    say(a, "DEBUG SET-ACTIVE-EXPIRE 0");
    long end = time(a) + 2;
    say(b, "SET k v PXAT " + end);
    untilPassed(b, end);
    say(a, "WATCH k");
    assertThat(say(b, "GET k")).isEqualTo("nil");
    say(a, "MULTI");
    say(a, "PING");
    assertThat(say(a, "EXEC"))
        .as("EXEC after a key that had been expired at WATCH was taken away")
        .isEqualTo("[PONG]");
  }

  @Test
  void flushingIsAChangeOfWhatWasThere() throws Exception {
    say(a, "SET k v");
    say(a, "WATCH k");
    say(b, "FLUSHALL");
    say(a, "MULTI");
    say(a, "PING");
    assertThat(say(a, "EXEC")).as("EXEC after FLUSHALL took the watched key").isEqualTo("nil");
    say(a, "WATCH k");
    say(b, "FLUSHDB");
    say(a, "MULTI");
    say(a, "PING");
    assertThat(say(a, "EXEC")).as("EXEC after FLUSHDB of nothing").isEqualTo("[PONG]");
  }

  @Test
  void anExchangeOfDatabasesIsAChange() throws Exception {
    say(b, "SELECT 1");
    say(b, "SET k of-one");
    say(a, "WATCH k other");
    say(b, "SWAPDB 0 1");
    say(a, "MULTI");
    say(a, "PING");
    assertThat(say(a, "EXEC")).as("EXEC after SWAPDB brought the watched key").isEqualTo("nil");
    say(a, "WATCH other");
    say(b, "SWAPDB 0 1");
    say(a, "MULTI");
    say(a, "PING");
    assertThat(say(a, "EXEC")).as("EXEC after SWAPDB of a key in neither").isEqualTo("[PONG]");
  }

  @Test
  void watchAndMultiHaveTheirPlaces() throws Exception {
    say(a, "MULTI");
    assertThat(say(a, "MULTI")).isEqualTo("-ERR MULTI calls can not be nested");
    assertThat(say(a, "WATCH k")).isEqualTo("-ERR WATCH inside MULTI is not allowed");
    say(a, "DISCARD");
  }

  @Test
  void nothingWaitsInATransaction() throws Exception {
    assertThat(say(a, "MULTI")).isEqualTo("OK");
    say(a, "BLPOP none 0");
    say(a, "PING");
    assertThat(say(a, "EXEC")).isEqualTo("[nil, PONG]");
  }
}
