package systems.core.concurrent;

import java.io.IOException;

/** Somebody else writes to the ring, or reads from it, and is alive. */
public final class BusyRingException extends IOException {
  private static final long serialVersionUID = 1;

  BusyRingException(String ring, String role) {
    super(ring + " has a " + role + " already");
  }
}
