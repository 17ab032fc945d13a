package systems.core.concurrent;

import org.jspecify.annotations.Nullable;

/**
 * The canary of {@link MemoryOrderTest}: {@link SpscRing}'s protocol of slots and positions without
 * a single ordering. A checker that lets it pass sees nothing.
 */
final class PlainRing {
  private final @Nullable Integer[] slots = new Integer[4];
  private long tail;
  private long head;

  void offer(int element) {
    slots[(int) tail & 3] = element;
    tail++;
  }

  @Nullable Integer poll() {
    if (head == tail) {
      return null;
    }
    int slot = (int) head & 3;
    Integer element = slots[slot];
    slots[slot] = null;
    head++;
    return element;
  }
}
