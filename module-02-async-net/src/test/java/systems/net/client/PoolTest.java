package systems.net.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.loop.Simulation;

/** Who gets which connection, and who waits how long. */
@Tag("phase-7")
class PoolTest {
  private static final PoolSettings TWO =
      PoolSettings.USUAL
          .withTimeouts(ClientWorld.TIMES.withWaitNanos(ClientWorld.SECOND / 2))
          .withConnectionsMax(2)
          .withWaitersMax(2);

  /** Answers with the connection's number when it is told to. */
  private static ClientWorld waiting(List<Script> asked) {
    return ClientWorld.of((server, head) -> asked.add(server));
  }

  private static @Nullable String[] send(ClientWorld world) {
    var outcome = world.begin(client -> ClientWorld.exchange(client, world.get("/")));
    world.simulation.runFor(20 * ClientWorld.MILLI);
    return outcome;
  }

  private static void answer(ClientWorld world, Script server) {
    world.there.execute(() -> server.answer("" + server.number));
    world.simulation.runFor(20 * ClientWorld.MILLI);
  }

  @Test
  void connectionsAndWaitersAreBounded() {
    var asked = new ArrayList<Script>();
    var world = waiting(asked);
    world.client(TWO);
    var outcomes = new ArrayList<@Nullable String[]>();
    for (int i = 0; i < 5; i++) {
      outcomes.add(send(world));
    }
    assertThat(asked).as("requests at the server").hasSize(2);
    assertThat(outcomes.get(4)[0]).as("the one too many").isEqualTo("POOL_FULL");
    world.onClient(() -> assertThat(world.pool().waiting()).isEqualTo(2));
    answer(world, asked.get(1));
    assertThat(outcomes.get(1)[0]).isEqualTo("200 1");
    assertThat(asked).as("the first waiter got the free connection").hasSize(3);
    assertThat(asked.get(2).number).isEqualTo(1);
    world.simulation.runFor(2 * ClientWorld.SECOND);
    assertThat(outcomes.get(3)[0]).as("the second waiter").isEqualTo("POOL_TIMEOUT");
  }

  @Test
  void newestIdleConnectionIsUsedFirstAndTheOthersExpire() {
    var asked = new ArrayList<Script>();
    var world = waiting(asked);
    var first = send(world);
    var second = send(world);
    answer(world, asked.get(0));
    answer(world, asked.get(1));
    assertThat(first[0]).isEqualTo("200 0");
    assertThat(second[0]).isEqualTo("200 1");
    for (int i = 2; i < 7; i++) {
      send(world);
      assertThat(asked.get(i).number).as("the connection that was used last").isEqualTo(1);
      answer(world, asked.get(i));
      world.simulation.runFor(5 * ClientWorld.SECOND);
    }
    world.onClient(() -> assertThat(world.pool().open()).as("the unused one is gone").isEqualTo(1));
    world.simulation.runFor(30 * ClientWorld.SECOND);
    world.onClient(() -> assertThat(world.pool().open()).isZero());
  }

  @Test
  void restartedServerCostsOneFailureAndNotOneForEachConnection() {
    var asked = new ArrayList<Script>();
    var world = waiting(asked);
    for (int i = 0; i < 3; i++) {
      send(world);
    }
    for (int i = 0; i < 3; i++) {
      answer(world, asked.get(i));
    }
    world.onClient(() -> assertThat(world.pool().idle()).isEqualTo(3));
    var outcome = send(world);
    world.there.execute(() -> asked.get(3).abort());
    world.simulation.runFor(20 * ClientWorld.MILLI);
    assertThat(asked).as("the second attempt is there").hasSize(5);
    assertThat(asked.get(4).number).as("on a connection that is new").isEqualTo(3);
    answer(world, asked.get(4));
    assertThat(outcome[0]).isEqualTo("200 3");
    world.onClient(() -> assertThat(world.pool().open()).as("the others are suspect").isOne());
  }

  @Test
  void secondDeadConnectionIsTheEnd() {
    var asked = new ArrayList<Script>();
    var world = waiting(asked);
    world.simulation.link(
        world.here,
        world.there,
        new Simulation.Link(ClientWorld.MILLI, ClientWorld.MILLI, 9999, 0));
    world.client(TWO);
    send(world);
    send(world);
    answer(world, asked.get(0));
    var outcome = send(world);
    world.there.execute(() -> {
      asked.get(2).abort();
      world.there.schedule(ClientWorld.MILLI / 2, () -> asked.get(1).answer("late"));
    });
    world.simulation.runFor(20 * ClientWorld.MILLI);
    assertThat(asked.get(3).number).as("the second attempt's connection").isEqualTo(1);
    world.there.execute(() -> asked.get(3).abort());
    world.simulation.runFor(20 * ClientWorld.MILLI);
    assertThat(outcome[0]).as("two kept connections that died").isEqualTo("NO_RESPONSE");
    assertThat(asked).as("attempts at the server").hasSize(4);
  }

  @Test
  void whoLeavesTheQueueIsNotServed() {
    var asked = new ArrayList<Script>();
    var world = waiting(asked);
    world.client(TWO.withConnectionsMax(1));
    send(world);
    var left =
        world.begin(client -> {
          var sent = client.send(world.get("/left"));
          world.here.execute(() -> assertThat(sent.cancel("left")).isTrue());
          return sent;
        });
    var third = send(world);
    answer(world, asked.get(0));
    assertThat(asked).hasSize(2);
    answer(world, asked.get(1));
    assertThat(left[0]).contains("left");
    assertThat(third[0]).isEqualTo("200 0");
  }

  @Test
  void closedConnectionMakesRoomForWhoWaits() {
    var asked = new ArrayList<Script>();
    var world = waiting(asked);
    world.client(TWO.withConnectionsMax(1));
    var first = send(world);
    var second = send(world);
    world.there.execute(() -> asked.getFirst().abort());
    world.simulation.runFor(20 * ClientWorld.MILLI);
    assertThat(first[0]).isEqualTo("NO_RESPONSE");
    assertThat(asked).as("the waiter has a new connection").hasSize(2);
    answer(world, asked.get(1));
    assertThat(second[0]).isEqualTo("200 1");
  }

  @Test
  void refusedConnectionIsToldToEachWaiterOnce() {
    var world = ClientWorld.of((server, head) -> server.answer("up"));
    world.client(TWO);
    world.simulation.refuse(world.there, true);
    assertThat(send(world)[0]).isEqualTo("CONNECT");
    assertThat(send(world)[0]).isEqualTo("CONNECT");
    world.simulation.refuse(world.there, false);
    assertThat(send(world)[0]).isEqualTo("200 up");
  }

  @Test
  void countsHoldInEveryOrder() {
    Simulation.forSeeds(
        1,
        100,
        simulation -> {
          var world =
              new ClientWorld(
                  simulation,
                  (server, head) -> {
                    if (head.contains("/abort")) {
                      server.abort();
                    } else {
                      server.answer("x");
                    }
                  });
          world.client(TWO.withWaitersMax(100));
          var outcomes = new ArrayList<@Nullable String[]>();
          for (int i = 0; i < 30; i++) {
            var request = world.get(i % 5 == 0 ? "/abort" : "/");
            outcomes.add(world.begin(client -> ClientWorld.exchange(client, request)));
          }
          simulation.runUntil(() -> outcomes.stream().allMatch(outcome -> outcome[0] != null));
          world.onClient(() -> {
            assertThat(world.pool().waiting()).isZero();
            assertThat(world.pool().open()).isEqualTo(world.pool().idle()).isBetween(0, 2);
          });
          for (int i = 0; i < 30; i++) {
            assertThat(outcomes.get(i)[0]).isEqualTo(i % 5 == 0 ? "NO_RESPONSE" : "200 x");
          }
        });
  }
}
