package systems.net.web;

import systems.net.http.Response;
import systems.net.http.Status;

/** A request that is answered with an error status. Has no stack trace: the peer is the cause. */
final class Refused extends Exception {
  private static final long serialVersionUID = 1;

  private final int status;

  Refused(int status, String reason) {
    super(reason, null, false, false);
    assert status >= 400 && status < 500 : status;
    this.status = status;
  }

  int status() {
    return status;
  }

  void answer(Response response) {
    String reason = getMessage() == null ? "" : ": " + getMessage();
    response.status(status).send(status + " " + Status.reason(status) + reason + "\n");
  }

  /** Answers with a status and its usual phrase. */
  static void answer(Response response, int status) {
    response.status(status).send(status + " " + Status.reason(status) + "\n");
  }
}
