package systems.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Messages to whoever listens, and events of keys as messages. */
@Tag("phase-3")
final class PubSubTest extends WithServer {
  private void listen(Wire wire, String... names) throws Exception {
    wire.send(names);
    for (int i = 1; i < names.length; i++) {
      assertThat(shown(wire.reply())).contains("subscribe, " + names[i] + ", ");
    }
  }

  @Test
  void aSubscriptionIsConfirmedWithTheNumberOfAll() throws Exception {
    assertThat(say(a, "SUBSCRIBE one")).isEqualTo("[subscribe, one, 1]");
    assertThat(say(a, "SUBSCRIBE one")).as("once more the same").isEqualTo("[subscribe, one, 1]");
    assertThat(say(a, "PSUBSCRIBE o*"))
        .as("the count behind a pattern: channels and patterns together")
        .isEqualTo("[psubscribe, o*, 2]");
    assertThat(say(a, "SSUBSCRIBE shard"))
        .as("the count behind a shard channel: those alone")
        .isEqualTo("[ssubscribe, shard, 1]");
    assertThat(say(a, "UNSUBSCRIBE one")).isEqualTo("[unsubscribe, one, 1]");
    assertThat(say(a, "PUNSUBSCRIBE")).isEqualTo("[punsubscribe, o*, 0]");
    assertThat(say(a, "PUNSUBSCRIBE"))
        .as("ending what there is none of")
        .isEqualTo("[punsubscribe, nil, 0]");
  }

  @Test
  void aMessageComesOncePerChannelAndPattern() throws Exception {
    listen(a, "SUBSCRIBE", "news.art");
    listen(a, "PSUBSCRIBE", "news.*", "*.art");
    assertThat(say(b, "PUBLISH news.art hello")).as("receivers of the message").isEqualTo("3");
    assertThat(pushed(a))
        .containsExactly(
            "[message, news.art, hello]",
            "[pmessage, news.*, news.art, hello]",
            "[pmessage, *.art, news.art, hello]");
    assertThat(say(b, "PUBLISH news.music hello")).isEqualTo("1");
    assertThat(say(b, "PUBLISH other hello")).isEqualTo("0");
  }

  @Test
  void shardChannelsAreNamesOfTheirOwn() throws Exception {
    listen(a, "SUBSCRIBE", "c");
    assertThat(say(b, "SPUBLISH c x"))
        .as("receivers of a shard message, while somebody listens to the channel of that name")
        .isEqualTo("0");
    listen(a, "SSUBSCRIBE", "c");
    assertThat(say(b, "SPUBLISH c y")).isEqualTo("1");
    assertThat(say(b, "PUBLISH c z")).isEqualTo("1");
    assertThat(pushed(a)).containsExactly("[smessage, c, y]", "[message, c, z]");
    assertThat(say(a, "SUNSUBSCRIBE")).isEqualTo("[sunsubscribe, c, 0]");
  }

  @Test
  void aSubscriberOfTheSecondVersionMayDoLittleElse() throws Exception {
    listen(a, "SUBSCRIBE", "c");
    assertThat(say(a, "GET k"))
        .as("GET on a connection of RESP2 that listens")
        .startsWith("-ERR Can't execute 'get': only (P|S)SUBSCRIBE");
    assertThat(say(a, "PING")).isEqualTo("[pong, ]");
    say(a, "UNSUBSCRIBE");
    assertThat(say(a, "GET k")).isEqualTo("nil");
  }

  @Test
  void aSubscriberOfTheThirdVersionMayDoAll() throws Exception {
    say(a, "HELLO 3");
    assertThat(say(a, "SUBSCRIBE c")).isEqualTo(">[subscribe, c, 1]");
    assertThat(say(a, "SET k v")).isEqualTo("OK");
    say(b, "PUBLISH c x");
    assertThat(pushed(a)).containsExactly(">[message, c, x]");
  }

  @Test
  void channelsAndListenersAreCounted() throws Exception {
    listen(a, "SUBSCRIBE", "one", "two");
    listen(a, "PSUBSCRIBE", "t*");
    listen(a, "SSUBSCRIBE", "s");
    assertThat(say(b, "PUBSUB CHANNELS")).isEqualTo("[one, two]");
    assertThat(say(b, "PUBSUB CHANNELS t*")).isEqualTo("[two]");
    assertThat(say(b, "PUBSUB NUMSUB one three")).isEqualTo("[one, 1, three, 0]");
    assertThat(say(b, "PUBSUB NUMPAT")).isEqualTo("1");
    assertThat(say(b, "PUBSUB SHARDCHANNELS")).isEqualTo("[s]");
    assertThat(say(b, "PUBSUB SHARDNUMSUB s one")).isEqualTo("[s, 1, one, 0]");
  }

  @Test
  void aChannelGoesWithItsLastListener() throws Exception {
    listen(a, "SUBSCRIBE", "one", "two");
    say(a, "UNSUBSCRIBE one");
    assertThat(say(b, "PUBSUB CHANNELS")).as("channels that somebody hears").isEqualTo("[two]");
    a.close();
    until("the closed connection is forgotten", () -> say(b, "PUBLISH two x").equals("0"));
    assertThat(say(b, "PUBSUB CHANNELS")).isEqualTo("[]");
  }

  @Test
  void aTransactionPublishesWhenItRuns() throws Exception {
    listen(a, "SUBSCRIBE", "c");
    say(b, "MULTI");
    say(b, "PUBLISH c x");
    assertThat(pushed(a)).isEmpty();
    assertThat(say(b, "EXEC")).isEqualTo("[1]");
    assertThat(pushed(a)).containsExactly("[message, c, x]");
  }

  // ---- events of keys

  @Test
  void aKeysEventIsToldOnTwoChannels() throws Exception {
    say(b, "CONFIG SET notify-keyspace-events KEA");
    listen(a, "PSUBSCRIBE", "__key*__:*");
    say(b, "SELECT 2");
    say(b, "SET k v");
    assertThat(pushed(a))
        .as("keyspace: the channel says the key; keyevent: the channel says what happened")
        .containsExactly(
            "[pmessage, __key*__:*, __keyspace@2__:k, set]",
            "[pmessage, __key*__:*, __keyevent@2__:set, k]");
  }

  @Test
  void onlyTheWantedClassesAreTold() throws Exception {
    say(b, "CONFIG SET notify-keyspace-events Elg");
    assertThat(say(b, "CONFIG GET notify-keyspace-events"))
        .isEqualTo("[notify-keyspace-events, glE]");
    listen(a, "PSUBSCRIBE", "*");
    say(b, "SET k v");
    say(b, "RPUSH l x");
    say(b, "EXPIRE l 100");
    say(b, "DEL k");
    assertThat(pushed(a))
        .as("events of lists and of keys in general")
        .containsExactly(
            "[pmessage, *, __keyevent@0__:rpush, l]",
            "[pmessage, *, __keyevent@0__:expire, l]",
            "[pmessage, *, __keyevent@0__:del, k]");
  }

  @Test
  void allIsAllButMissesAndNewKeys() throws Exception {
    say(b, "CONFIG SET notify-keyspace-events AKE");
    assertThat(say(b, "CONFIG GET notify-keyspace-events"))
        .isEqualTo("[notify-keyspace-events, AKE]");
    listen(a, "PSUBSCRIBE", "__keyevent*");
    say(b, "GET none");
    say(b, "SET new v");
    assertThat(pushed(a)).containsExactly("[pmessage, __keyevent*, __keyevent@0__:set, new]");
    assertThat(say(b, "CONFIG SET notify-keyspace-events q")).startsWith("-ERR CONFIG SET failed");
  }

  @Test
  void aKeyThatExpiresIsToldWhenItGoes() throws Exception {
    say(b, "CONFIG SET notify-keyspace-events Ex");
    say(b, "DEBUG SET-ACTIVE-EXPIRE 0");
    listen(a, "SUBSCRIBE", "__keyevent@0__:expired");
    long end = time(b) + 2;
    say(b, "SET k v PXAT " + end);
    untilPassed(b, end);
    assertThat(pushed(a)).isEmpty();
    say(b, "GET k");
    assertThat(pushed(a)).containsExactly("[message, __keyevent@0__:expired, k]");
  }

  @Test
  void aCommandThatDoesNothingIsNotTold() throws Exception {
    say(b, "CONFIG SET notify-keyspace-events KEA");
    listen(a, "PSUBSCRIBE", "*");
    say(b, "DEL none");
    say(b, "EXPIRE none 10");
    say(b, "SREM none x");
    assertThat(pushed(a)).isEmpty();
  }
}
