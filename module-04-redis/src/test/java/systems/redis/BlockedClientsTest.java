package systems.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What becomes of a client that waits when it leaves, or when another one lets it go. */
final class BlockedClientsTest extends Dialogue {
  private static String waits(Wire client, String line) throws IOException {
    String id = client.call("CLIENT", "ID").substring(1).trim();
    client.raw("PING\r\n" + line + "\r\n");
    assertThat(client.reply()).isEqualTo("+PONG\r\n");
    return id;
  }

  @Tag("phase-2")
  @Test
  void whoHungUpIsNotServed() throws Exception {
    Wire gone = server.connect();
    try (Wire stays = server.connect()) {
      String id = waits(gone, "BLPOP l 0");
      waits(stays, "BLPOP l 0");
      gone.close();
      Patience.until("the server to notice", () -> !say("CLIENT LIST").contains("id=" + id + " "));
      say("RPUSH l a");
      assertThat(shown(stays.reply())).as("the next one gets the element").isEqualTo("[l, a]");
    }
  }

  @Tag("phase-3")
  @Test
  void anUnblockedClientGoesOn() throws Exception {
    try (Wire client = server.connect()) {
      String id = waits(client, "BLPOP l 0");
      expect("it waits", "CLIENT UNBLOCK " + id, ":1");
      assertThat(shown(client.reply())).as("as after its time").isEqualTo("nil");
      assertThat(call(client, "PING")).isEqualTo("PONG");
      expect("it does not wait any more", "CLIENT UNBLOCK " + id, ":0");
    }
  }
}
