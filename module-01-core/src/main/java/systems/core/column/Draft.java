package systems.core.column;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A file that appears when it is whole. It is written under another name beside its place, forced
 * to the disk, and renamed; then the directory is forced, since the name is in it. Whoever looks
 * sees the old file or the new one, after a crash too. The other name is a random one, so that two
 * who write the same file do not write into each other's: the last to commit wins.
 */
public final class Draft implements Closeable {
  private final Path target;
  private final Path draft;
  private final FileChannel channel;
  private boolean isCommitted;

  private Draft(Path target, Path draft, FileChannel channel) {
    this.target = target;
    this.draft = draft;
    this.channel = channel;
  }

  /** Begins a file that is to have this name. */
  public static Draft of(Path target) throws IOException {
    String number = Long.toHexString(ThreadLocalRandom.current().nextLong());
    Path draft = target.resolveSibling(target.getFileName() + "." + number + ".tmp");
    var channel = FileChannel.open(draft, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
    return new Draft(target, draft, channel);
  }

  /** Where its bytes go. */
  public FileChannel channel() {
    return channel;
  }

  /** Gives the file its name, in place of an older one. */
  public void commit() throws IOException {
    channel.force(true); // the name must not be on the disk before the bytes are
    channel.close();
    try {
      Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException _) {
      Files.move(draft, target, StandardCopyOption.REPLACE_EXISTING);
    }
    isCommitted = true;
    forceDirectory();
  }

  private void forceDirectory() {
    Path directory = target.toAbsolutePath().getParent();
    try (var opened = FileChannel.open(directory, StandardOpenOption.READ)) {
      opened.force(true);
    } catch (IOException _) {
      // Windows opens no directory, and has written the name when the move returns.
    }
  }

  /** Without a commit nothing is left. */
  @Override
  public void close() throws IOException {
    if (!isCommitted) {
      channel.close();
      Files.deleteIfExists(draft);
    }
  }
}
