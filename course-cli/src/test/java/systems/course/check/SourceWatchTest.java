package systems.course.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class SourceWatchTest {
  @TempDir Path root;
  private Path file;
  private SourceWatch watch;

  @BeforeEach
  void startWatching() throws IOException {
    root = root.toRealPath();
    file = Files.writeString(Files.createDirectories(root.resolve("a/b")).resolve("A.java"), "1");
    watch = new SourceWatch(List.of(root, root.resolve("absent")));
  }

  @AfterEach
  void stopWatching() {
    watch.close();
  }

  @Test
  void savedFileIsSeen() throws Exception {
    Files.writeString(file, "22");
    assertThat(watch.await()).containsExactly(file);
  }

  @Test
  void fileThatAnEditorRenamesIntoPlaceIsSeenOnceUnderItsName() throws Exception {
    Path draft = Files.writeString(file.resolveSibling("A.java~"), "2");
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    assertThat(watch.await()).containsExactly(file);
    assertThat(watch.changes()).isEmpty();
  }

  @Test
  void fileInAFolderThatIsNewIsSeenAndSoAreItsLaterChanges() throws Exception {
    Path later = Files.createDirectories(root.resolve("c/d")).resolve("New.java");
    Files.writeString(later, "1");
    assertThat(watch.await()).containsExactly(later);
    Files.writeString(later, "22");
    assertThat(watch.await()).containsExactly(later);
  }

  @Test
  void deletedFileIsSeen() throws Exception {
    Files.delete(file);
    assertThat(watch.await()).containsExactly(file);
  }

  @Test
  void otherFilesDoNotEndTheWait() throws Exception {
    Callable<Set<Path>> wait = watch::await;
    var waiting = new FutureTask<>(wait);
    Thread.startVirtualThread(waiting);
    Files.writeString(file.resolveSibling("notes.txt"), "x");
    Files.writeString(file.resolveSibling(".A.java.swp"), "x");
    Files.writeString(file, "22");
    assertThat(waiting.get()).containsExactly(file);
  }

  @Test
  void lockOfAnEditorThatLinksToNowhereIsNoSource() throws Exception {
    Files.createSymbolicLink(file.resolveSibling(".#A.java"), Path.of("someone@host.1"));
    Files.writeString(file, "22");
    assertThat(watch.await()).containsExactly(file);
  }

  @Test
  void manyMoreEventsThanTheQueueHoldsLoseNothing() throws Exception {
    for (int i = 0; i < 2_000; i++) { // the queue of a key holds 512
      Files.writeString(file.resolveSibling("B%d.java".formatted(i)), "x");
    }
    Set<Path> seen = watch.await();
    while (seen.size() < 2_000) {
      seen.addAll(watch.await());
    }
    assertThat(seen).hasSize(2_000);
  }
}
