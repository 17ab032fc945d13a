package systems.net.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Whatever is written, and wherever the channel cuts it, the bytes come out once and in order. */
@Tag("phase-3")
class WriteQueueProperties {
  /** A channel that takes as many bytes of a call as it is told to. */
  private static final class Narrow implements GatheringByteChannel {
    final ByteArrayOutputStream got = new ByteArrayOutputStream();
    int room;

    @Override
    public int write(ByteBuffer source) {
      int count = Math.min(room, source.remaining());
      var taken = new byte[count];
      source.get(taken);
      got.writeBytes(taken);
      room -= count;
      return count;
    }

    @Override
    public long write(ByteBuffer[] sources, int from, int count) {
      long sum = 0;
      for (int i = from; i < from + count; i++) {
        sum += write(sources[i]);
      }
      return sum;
    }

    @Override
    public long write(ByteBuffer[] sources) {
      return write(sources, 0, sources.length);
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }

  /** An even step writes so many bytes, an odd one drains into a channel with so much room. */
  @Property(tries = 200)
  void allBytesComeOnceAndInOrder(
      @ForAll @Size(max = 40) List<@IntRange(max = 50_000) Integer> steps) throws IOException {
    var pool = new BufferPool(Thread.currentThread(), 4L << 20, LeakDetector.OFF);
    var channel = new Narrow();
    var queue = new WriteQueue(channel, pool, new Counters());
    var model = new ByteArrayOutputStream();
    var gather = new ByteBuffer[3];
    for (int step : steps) {
      if (step % 2 == 0) {
        byte[] bytes = bytes(model.size(), step);
        queue.append(bytes, 0, bytes.length);
        model.writeBytes(bytes);
      } else {
        channel.room = step;
        boolean all = queue.drain(gather);
        assertThat(all).isEqualTo(queue.bytes() == 0);
      }
      assertThat(queue.bytes()).isEqualTo(model.size() - channel.got.size());
    }
    channel.room = Integer.MAX_VALUE;
    for (int i = 0; i < 100 && !queue.drain(gather); i++) {
      assertThat(queue.bytes()).isPositive();
    }
    assertThat(channel.got.toByteArray()).isEqualTo(model.toByteArray());
    assertThat((long) pool.freeBlocks() * BufferPool.BLOCK_BYTES)
        .as("bytes of free blocks when all is sent")
        .isEqualTo(pool.directBytes());
  }

  private static byte[] bytes(int from, int count) {
    var bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) ((from + i) * 31 >> 3);
    }
    return bytes;
  }
}
