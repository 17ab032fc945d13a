package systems.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisPubSub;

/** Clients that nobody here wrote. */
final class ClientsTest {
  @TempDir static Path folder;
  private Ours server;

  @BeforeEach
  void start() throws Exception {
    server = Ours.start(folder);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Tag("phase-2")
  @Test
  void jedisReadsWhatItWrote() {
    try (var jedis = new Jedis("127.0.0.1", server.port())) {
      jedis.set("a", "1");
      assertThat(jedis.incrBy("a", 41)).isEqualTo(42);
      jedis.hset("h", Map.of("f", "v"));
      assertThat(jedis.hgetAll("h")).containsEntry("f", "v");
      jedis.rpush("l", "1", "2", "3");
      assertThat(jedis.lrange("l", 0, -1)).containsExactly("1", "2", "3");
      jedis.zadd("z", Map.of("x", 1.5, "y", 0.5));
      assertThat(jedis.zrange("z", 0, -1)).containsExactly("y", "x");
    }
  }

  @Tag("phase-5")
  @Test
  void jedisReadsAStream() {
    try (var jedis = new Jedis("127.0.0.1", server.port())) {
      jedis.xadd("s", (redis.clients.jedis.StreamEntryID) null, Map.of("k", "v"));
      assertThat(jedis.xlen("s")).isEqualTo(1);
    }
  }

  @Tag("phase-6")
  @Test
  void jedisRunsAScript() {
    try (var jedis = new Jedis("127.0.0.1", server.port())) {
      assertThat(jedis.eval("return ARGV[1] + 1", List.of(), List.of("41"))).isEqualTo(42L);
    }
  }

  @Tag("phase-3")
  @Test
  void aTransactionOfJedisIsAllOrNothing() {
    try (var jedis = new Jedis("127.0.0.1", server.port());
        var other = new Jedis("127.0.0.1", server.port())) {
      jedis.watch("a");
      other.set("a", "changed");
      var transaction = jedis.multi();
      transaction.set("a", "mine");
      assertThat(transaction.exec()).isNull();
      assertThat(jedis.get("a")).isEqualTo("changed");
    }
  }

  private static void listen(Jedis subscriber, JedisPubSub listener, BlockingQueue<String> heard) {
    try {
      subscriber.subscribe(listener, "news");
    } catch (RuntimeException e) {
      heard.add(e.toString());
    }
  }

  @Tag("phase-3")
  @Test
  void jedisHearsWhatIsPublished() throws Exception {
    BlockingQueue<String> heard = new ArrayBlockingQueue<>(10);
    try (var subscriber = new Jedis("127.0.0.1", server.port());
        var publisher = new Jedis("127.0.0.1", server.port())) {
      var listener =
          new JedisPubSub() {
            @Override
            public void onSubscribe(String channel, int count) {
              heard.add("subscribed");
            }

            @Override
            public void onMessage(String channel, String message) {
              heard.add(message);
              unsubscribe();
            }
          };
      Thread thread = Thread.ofVirtual().start(() -> listen(subscriber, listener, heard));
      assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("subscribed");
      assertThat(publisher.publish("news", "hello")).isEqualTo(1);
      assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("hello");
      thread.join(20_000);
    }
  }

  @Tag("phase-2")
  @Test
  void aPopWaitsForAPush() throws Exception {
    try (var waiting = new Jedis("127.0.0.1", server.port());
        var pushing = new Jedis("127.0.0.1", server.port())) {
      BlockingQueue<List<String>> popped = new ArrayBlockingQueue<>(1);
      Thread.ofVirtual().start(() -> popped.add(waiting.blpop(20, "queue")));
      Patience.until("the pop waits", () -> pushing.info("clients").contains("blocked_clients:1"));
      pushing.rpush("queue", "x");
      assertThat(popped.poll(20, TimeUnit.SECONDS)).containsExactly("queue", "x");
    }
  }

  @Tag("phase-3")
  @Test
  void lettuceSpeaksTheThirdVersion() {
    RedisClient client = RedisClient.create(RedisURI.create("127.0.0.1", server.port()));
    try (StatefulRedisConnection<String, String> connection = client.connect()) {
      var commands = connection.sync();
      commands.set("a", "b");
      assertThat(commands.get("a")).isEqualTo("b");
      commands.hset("h", Map.of("f", "v", "g", "w"));
      assertThat(commands.hgetall("h")).hasSize(2);
      assertThat(commands.command()).isNotEmpty();
      assertThat(commands.clientList()).contains("resp=3");
    } finally {
      client.shutdown(0, 1, TimeUnit.SECONDS);
    }
  }
}
