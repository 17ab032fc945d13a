package systems.net.web;

import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;

/**
 * Whoever is in the room hears what anybody says, oneself too.
 *
 * <p>The members' sockets belong to different loops; a message goes to each through its loop's
 * queue, so every member hears the messages of one speaker in their order. The list is copied when
 * somebody comes or goes, and read without a lock for each message. A member that reads too slowly
 * is asked to come again later: the others must not wait for it, nor the heap.
 */
final class ChatRoom {
  static final int MEMBERS_MAX = 256;

  private final CopyOnWriteArrayList<WebSocket> members = new CopyOnWriteArrayList<>();

  int size() {
    return members.size();
  }

  /** The listener of one connection. */
  WebSocket.Listener seat() {
    return new WebSocket.Listener() {
      @Override
      public void opened(WebSocket socket) {
        if (members.size() >= MEMBERS_MAX) { // two loops at once may pass it by one
          socket.close(WebSocket.TRY_AGAIN_LATER, "the room is full");
        } else {
          members.add(socket);
          say("+1: " + members.size() + " here");
        }
      }

      @Override
      public void text(WebSocket socket, String text) {
        say(text);
      }

      @Override
      public void binary(WebSocket socket, byte[] bytes) {
        socket.close(1003, "a chat of words");
      }

      @Override
      public void closed(WebSocket socket, int code, String reason) {
        if (members.remove(socket)) {
          say("-1: " + members.size() + " here");
        }
      }
    };
  }

  private void say(String text) {
    for (WebSocket member : members) {
      try {
        member.loop().execute(() -> tell(member, text));
      } catch (RejectedExecutionException ending) {
        members.remove(member); // its loop has ended, or hears nothing for all that waits
      }
    }
  }

  private static void tell(WebSocket member, String text) {
    if (!member.send(text)) {
      member.close(WebSocket.TRY_AGAIN_LATER, "reads too slowly");
    }
  }

  /** Asks all to leave, before a server ends. */
  void closeAll() {
    for (WebSocket member : members) {
      try {
        member.loop().execute(() -> member.close(WebSocket.GOING_AWAY, "the server ends"));
      } catch (RejectedExecutionException ended) {
        members.remove(member);
      }
    }
  }
}
