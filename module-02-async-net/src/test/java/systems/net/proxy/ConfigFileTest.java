package systems.net.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import systems.net.Effort;
import systems.net.proxy.ConfigFile.Outcome;

/** A file that changes under a proxy that runs. */
@Tag("phase-7")
class ConfigFileTest {
  @TempDir private Path directory;
  private Path file;
  private Proxy proxy;

  @BeforeEach
  void write() throws IOException {
    file = directory.resolve("proxy.yaml");
    Files.writeString(file, ProxyWorld.ONE);
    proxy = new Proxy(ProxyWorld.config(ProxyWorld.ONE));
  }

  @Test
  void usableFileIsApplied() throws IOException {
    try (var config = new ConfigFile(file, proxy)) {
      assertThat(config.reload()).isEqualTo(new Outcome.Unchanged());
      Files.writeString(file, "listen: ['127.0.0.1:1']\n" + ProxyWorld.TWO);
      assertThat(config.reload())
          .isInstanceOfSatisfying(
              Outcome.Applied.class, applied -> assertThat(applied.listensElsewhere()).isTrue());
      assertThat(proxy.config().clusters().get("web")).isNotNull();
      assertThat(proxy.config().listen()).hasSize(1);
    }
  }

  @Test
  void unusableFileChangesNothingAndSaysWhy() throws IOException {
    ProxyConfig before = proxy.config();
    try (var config = new ConfigFile(file, proxy)) {
      Files.writeString(file, ProxyWorld.TWO.replace("timeout: 5s", "timeout: soon"));
      assertThat(config.reload())
          .isInstanceOfSatisfying(
              Outcome.Refused.class,
              refused -> assertThat(refused.why()).hasMessageContaining("\"soon\" is no duration"));
      Files.delete(file);
      assertThat(config.reload()).isInstanceOf(Outcome.Refused.class);
    }
    assertThat(proxy.config()).isSameAs(before);
  }

  @Test
  void replacedFileIsNoticed() throws Exception {
    var outcomes = new ArrayBlockingQueue<Outcome>(10);
    try (var config = new ConfigFile(file, proxy)) {
      config.watch(TimeUnit.MILLISECONDS.toNanos(5), outcomes::add);
      Path next = directory.resolve("next.yaml");
      Files.writeString(next, ProxyWorld.TWO);
      Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
      assertThat(outcomes.poll(Effort.seconds(), TimeUnit.SECONDS))
          .isInstanceOf(Outcome.Applied.class);
    }
    assertThat(proxy.config()).isEqualTo(ProxyWorld.config(ProxyWorld.TWO));
  }
}
