package systems.net.balance;

/** How a request to an upstream ended. */
public enum Outcome {
  /** With an answer below 500. */
  SUCCESS,
  /** With a 5xx. */
  SERVER_ERROR,
  /** No connection. */
  CONNECT_FAILURE,
  /** No answer in time. */
  TIMEOUT,
  /** The connection broke. */
  RESET,
  /** The client went away, or there was no room: says nothing of the upstream. */
  CANCELLED;

  /** Whether it speaks against the upstream. */
  public boolean isFailure() {
    return this != SUCCESS && this != CANCELLED;
  }

  /** Whether nobody answered, so that not even a broken program is there. */
  public boolean isGatewayFailure() {
    return this == CONNECT_FAILURE || this == TIMEOUT || this == RESET;
  }
}
