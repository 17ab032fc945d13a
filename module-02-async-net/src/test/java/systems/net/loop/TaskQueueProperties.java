package systems.net.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

@Tag("phase-1")
class TaskQueueProperties {
  private record Numbered(int n) implements Runnable {
    @Override
    public void run() {}
  }

  /** Below 6 offers, else polls; so the queue is often full and often empty. */
  @Property(tries = 300)
  void itBehavesAsABoundedList(@ForAll @Size(max = 60) List<@IntRange(max = 9) Integer> calls) {
    var queue = new TaskQueue(8);
    var model = new ArrayList<Runnable>();
    int n = 0;
    for (int call : calls) {
      if (call < 6) {
        var task = new Numbered(n++);
        assertThat(queue.offer(task)).isEqualTo(model.size() < 8);
        if (model.size() < 8) {
          model.add(task);
        }
      } else {
        assertThat(queue.poll()).isEqualTo(model.isEmpty() ? null : model.removeFirst());
      }
      assertThat(queue.isEmpty()).isEqualTo(model.isEmpty());
    }
  }
}
