package systems.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A client that keeps what it has read is told when that has changed. */
@Tag("phase-3")
final class TrackingTest extends WithServer {
  private void track(String... options) throws Exception {
    say(a, "HELLO 3");
    assertThat(say(a, ("CLIENT TRACKING ON " + String.join(" ", options)).trim())).isEqualTo("OK");
  }

  @Test
  void whoHasReadAKeyIsToldOnce() throws Exception {
    track();
    say(a, "GET k");
    say(b, "SET k 1");
    say(b, "SET k 2");
    assertThat(pushed(a))
        .as("messages after one read and two changes")
        .containsExactly(">[invalidate, [k]]");
    say(a, "GET k");
    say(b, "DEL k");
    assertThat(pushed(a)).containsExactly(">[invalidate, [k]]");
  }

  @Test
  void whatWasNotReadIsNotTold() throws Exception {
    track();
    say(a, "SET written 1");
    say(b, "SET written 2");
    say(b, "SET other 2");
    assertThat(pushed(a)).isEmpty();
  }

  @Test
  void eachKeyOfACommandIsRemembered() throws Exception {
    track();
    say(a, "MGET k1 k2");
    say(b, "SET k2 v");
    say(b, "SET k1 v");
    assertThat(pushed(a)).containsExactly(">[invalidate, [k2]]", ">[invalidate, [k1]]");
  }

  @Test
  void ownChangesAreToldBehindTheReply() throws Exception {
    track();
    say(a, "GET k");
    assertThat(say(a, "SET k 1"))
        .as("what comes first, the reply or the message about the command's own change")
        .isEqualTo("OK");
    assertThat(pushed(a)).containsExactly(">[invalidate, [k]]");
  }

  @Test
  void ownChangesAreLeftOutIfWanted() throws Exception {
    track("NOLOOP");
    say(a, "GET k");
    say(a, "SET k 1");
    assertThat(pushed(a)).as("messages about a NOLOOP client's own change").isEmpty();
    say(a, "GET k");
    say(b, "SET k 2");
    assertThat(pushed(a)).containsExactly(">[invalidate, [k]]");
  }

  @Test
  void aKeyThatExpiresIsAChange() throws Exception {
    say(b, "DEBUG SET-ACTIVE-EXPIRE 0");
    say(b, "SET k v");
    track();
    say(a, "GET k");
    long end = time(b) + 300;
    say(b, "PEXPIREAT k " + end);
    pushed(a);
    say(a, "GET k");
    untilPassed(b, end);
    say(b, "GET k");
    assertThat(pushed(a)).containsExactly(">[invalidate, [k]]");
  }

  @Test
  void optInTracksTheCommandBehindCachingYes() throws Exception {
    track("OPTIN");
    say(a, "GET before");
    assertThat(say(a, "CLIENT CACHING YES")).isEqualTo("OK");
    say(a, "GET k");
    say(a, "GET after");
    say(b, "MSET before 1 k 1 after 1");
    assertThat(pushed(a))
        .as("of three reads, the one behind CLIENT CACHING YES")
        .containsExactly(">[invalidate, [k]]");
    assertThat(say(a, "CLIENT CACHING NO")).startsWith("-ERR CLIENT CACHING NO is only valid");
  }

  @Test
  void optOutTracksAllButTheCommandBehindCachingNo() throws Exception {
    track("OPTOUT");
    say(a, "GET before");
    say(a, "CLIENT CACHING NO");
    say(a, "GET k");
    say(a, "GET after");
    say(b, "MSET before 1 k 1 after 1");
    assertThat(pushed(a))
        .as("of three reads, those that CLIENT CACHING NO does not stand before")
        .containsExactly(">[invalidate, [before]]", ">[invalidate, [after]]");
  }

  @Test
  void cachingHoldsForAWholeTransaction() throws Exception {
    track("OPTIN");
    say(a, "CLIENT CACHING YES");
    say(a, "MULTI");
    say(a, "GET k1");
    say(a, "GET k2");
    say(a, "EXEC");
    say(b, "MSET k1 1 k2 1");
    assertThat(pushed(a))
        .as("messages about what a transaction behind CLIENT CACHING YES has read")
        .containsExactly(">[invalidate, [k1]]", ">[invalidate, [k2]]");
  }

  @Test
  void aBroadcastNeedsNoRead() throws Exception {
    track("BCAST", "PREFIX", "user:", "PREFIX", "order:");
    say(b, "SET user:1 x");
    assertThat(pushed(a)).containsExactly(">[invalidate, [user:1]]");
    say(b, "SET user:1 y");
    say(b, "SET other y");
    assertThat(pushed(a))
        .as("a second change of a key under a prefix, and one of a key under none")
        .containsExactly(">[invalidate, [user:1]]");
    say(b, "MULTI");
    say(b, "SET order:1 x");
    say(b, "SET order:2 x");
    say(b, "SET order:1 y");
    say(b, "EXEC");
    assertThat(pushed(a))
        .as("changes of one turn are one message")
        .containsExactly(">[invalidate, [order:1, order:2]]");
  }

  @Test
  void aBroadcastLeavesOutTheSenderIfWanted() throws Exception {
    track("BCAST", "NOLOOP");
    say(a, "SET mine 1");
    say(b, "SET theirs 1");
    assertThat(pushed(a)).containsExactly(">[invalidate, [theirs]]");
  }

  @Test
  void prefixesOfOneClientDoNotOverlap() throws Exception {
    say(a, "HELLO 3");
    assertThat(say(a, "CLIENT TRACKING ON BCAST PREFIX ab PREFIX abc"))
        .startsWith("-ERR Prefix 'ab' overlaps");
    assertThat(say(a, "CLIENT TRACKING ON BCAST PREFIX abc")).isEqualTo("OK");
    assertThat(say(a, "CLIENT TRACKING ON BCAST PREFIX a"))
        .as("a prefix of one that is there")
        .startsWith("-ERR Prefix 'a' overlaps with an existing prefix 'abc'");
    assertThat(say(a, "CLIENT TRACKING ON BCAST PREFIX abcd"))
        .as("a longer one than one that is there")
        .startsWith("-ERR Prefix 'abcd' overlaps with an existing prefix 'abc'");
    assertThat(say(a, "CLIENT TRACKING ON BCAST PREFIX b")).isEqualTo("OK");
  }

  @Test
  void modesDoNotMix() throws Exception {
    say(a, "HELLO 3");
    assertThat(say(a, "CLIENT TRACKING ON PREFIX a")).startsWith("-ERR PREFIX option requires");
    assertThat(say(a, "CLIENT TRACKING ON BCAST OPTIN")).startsWith("-ERR OPTIN and OPTOUT");
    assertThat(say(a, "CLIENT TRACKING ON OPTIN OPTOUT")).startsWith("-ERR You can't specify both");
    assertThat(say(a, "CLIENT TRACKING ON BCAST")).isEqualTo("OK");
    assertThat(say(a, "CLIENT TRACKING ON")).startsWith("-ERR You can't switch BCAST mode");
    assertThat(say(a, "CLIENT CACHING YES")).startsWith("-ERR CLIENT CACHING YES is only valid");
  }

  @Test
  void flushingTellsThatAllHasGone() throws Exception {
    track();
    say(a, "GET k");
    say(b, "FLUSHALL");
    assertThat(pushed(a)).containsExactly(">[invalidate, nil]");
    say(b, "SET k 1");
    assertThat(pushed(a)).as("a key that was forgotten with the others").isEmpty();
  }

  @Test
  void anotherConnectionMayListen() throws Exception {
    try (Wire listener = server.connect()) {
      String id = say(listener, "CLIENT ID");
      assertThat(say(listener, "SUBSCRIBE __redis__:invalidate")).contains("subscribe");
      assertThat(say(a, "CLIENT TRACKING ON REDIRECT " + id)).isEqualTo("OK");
      assertThat(say(a, "CLIENT GETREDIR")).isEqualTo(id);
      say(a, "GET k");
      say(b, "SET k 1");
      assertThat(pushed(a)).isEmpty();
      assertThat(pushed(listener)).containsExactly("[message, __redis__:invalidate, [k]]");
    }
    say(a, "HELLO 3");
    until("the listener has gone", () -> say(b, "PUBSUB CHANNELS").equals("[]"));
    say(a, "GET k");
    say(b, "SET k 2");
    assertThat(pushed(a).toString()).contains(">[tracking-redir-broken, ");
    assertThat(say(a, "CLIENT TRACKINGINFO")).contains("broken_redirect");
    assertThat(say(a, "CLIENT TRACKING ON REDIRECT 999999"))
        .isEqualTo("-ERR The client ID you want redirect to does not exist");
  }

  @Test
  void theServerForgetsByInventingChanges() throws Exception {
    say(b, "CONFIG SET tracking-table-max-keys 2");
    track();
    say(a, "MGET k1 k2 k3");
    assertThat(pushed(a))
        .as("messages when three keys were read and two may be remembered")
        .containsExactly(">[invalidate, [k1]]");
    assertThat(info(b, "tracking_total_keys")).isEqualTo("2");
  }

  @Test
  void trackingEndsOnDemand() throws Exception {
    track();
    say(a, "GET k");
    assertThat(say(a, "CLIENT TRACKING OFF")).isEqualTo("OK");
    say(b, "SET k 1");
    assertThat(pushed(a)).isEmpty();
    assertThat(say(a, "CLIENT TRACKINGINFO"))
        .isEqualTo("{flags: (off), redirect: -1, prefixes: []}");
    assertThat(info(b, "tracking_clients")).isEqualTo("0");
  }

  @Test
  void aClientCanAskHowItIsTracked() throws Exception {
    track("BCAST", "NOLOOP", "PREFIX", "p");
    assertThat(say(a, "CLIENT TRACKINGINFO"))
        .isEqualTo("{flags: (on, bcast, noloop), redirect: 0, prefixes: [p]}");
  }
}
