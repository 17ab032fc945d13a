package systems.redis.repl;

import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;
import systems.redis.persist.Persistence.Content;
import systems.redis.server.Client;

/** One replica of this server. */
final class Follower {
  enum State {
    /** Has said things about itself, but has not asked for data. */
    STRANGER("none"),
    WAIT_START("wait_bgsave"),
    WAIT_END("wait_bgsave"),
    SEND_BULK("send_bulk"),
    ONLINE("online");

    final String text;

    State(String text) {
      this.text = text;
    }
  }

  final Client client;
  State state = State.STRANGER;
  int listeningPort;
  String announcedIp = "";
  boolean speaksEof;
  boolean speaksPsync2;

  /** SYNC instead of PSYNC: it never confirms anything. */
  boolean isOld;

  /** The end of its data was a mark: it has to find that before it gets the stream. */
  boolean startsOnAck;

  /** What it wants: somebody who makes a backup wants no stream, and perhaps only functions. */
  Content content = Content.ALL;

  boolean wantsNoStream;
  boolean streamed;
  long sinceMillis; // in this state
  long movedMillis; // when it last took a part of its data
  long ackOffset;
  long ackMillis;
  Backlog.@Nullable Cursor cursor;
  @Nullable FileChannel file;

  Follower(Client client) {
    this.client = client;
  }

  boolean is(State s) {
    return state == s;
  }

  /** Goes on; what has gone wrong is never mended here: the connection ends, and it asks again. */
  void enter(State s, long nowMillis) {
    assert s.compareTo(state) > 0 : "from " + state + " back to " + s;
    state = s;
    sinceMillis = nowMillis;
    movedMillis = nowMillis;
    ackMillis = nowMillis;
  }

  String ip() {
    if (!announcedIp.isEmpty()) {
      return announcedIp;
    }
    String peer = client.link().peer();
    int colon = peer.lastIndexOf(':');
    return colon < 0 ? peer : peer.substring(0, colon);
  }

  String name() {
    return ip() + ":" + (listeningPort > 0 ? listeningPort : "<unknown-replica-port>");
  }
}
