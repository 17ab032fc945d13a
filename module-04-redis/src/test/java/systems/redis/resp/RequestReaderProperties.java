package systems.redis.resp;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;

/** Requests come out as they went in, wherever the network has cut them. */
@Tag("phase-1")
class RequestReaderProperties {
  private static byte[] written(List<byte[][]> requests) {
    var out = new ByteArrayOutputStream();
    for (byte[][] request : requests) {
      out.writeBytes(("*" + request.length + "\r\n").getBytes(ISO_8859_1));
      for (byte[] argument : request) {
        out.writeBytes(("$" + argument.length + "\r\n").getBytes(ISO_8859_1));
        out.writeBytes(argument);
        out.writeBytes(new byte[] {'\r', '\n'});
      }
    }
    return out.toByteArray();
  }

  private static List<byte[][]> requests(Random random, int lengthMax) {
    var requests = new ArrayList<byte[][]>();
    for (int i = 0; i < 4; i++) {
      byte[][] request = new byte[1 + random.nextInt(5)][];
      for (int j = 0; j < request.length; j++) {
        request[j] = new byte[random.nextInt(lengthMax)];
        random.nextBytes(request[j]);
      }
      requests.add(request);
    }
    return requests;
  }

  private static void read(RequestReader reader, List<byte[][]> into) throws ProtocolException {
    for (byte[][] next = reader.next(); next != null; next = reader.next()) {
      into.add(next);
    }
  }

  @Property(tries = 40)
  void everyCutGivesTheSameRequests(@ForAll long seed) throws ProtocolException {
    List<byte[][]> requests = requests(new Random(seed), 30);
    byte[] bytes = written(requests);
    for (int cut = 0; cut <= bytes.length; cut++) {
      var reader = new RequestReader();
      var came = new ArrayList<byte[][]>();
      reader.append(bytes, 0, cut);
      read(reader, came);
      reader.append(bytes, cut, bytes.length);
      read(reader, came);
      same("cut at byte " + cut, came, requests);
    }
  }

  @Property(tries = 40)
  void smallPiecesGiveTheSameRequests(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 70_000) int piece)
      throws ProtocolException {
    List<byte[][]> requests = requests(new Random(seed), 50_000);
    byte[] bytes = written(requests);
    var reader = new RequestReader();
    var came = new ArrayList<byte[][]>();
    byte[] reused = new byte[piece];
    int step = Math.max(piece, 64);
    for (int at = 0; at < bytes.length; at += Math.min(step, piece)) {
      int count = Math.min(piece, bytes.length - at);
      if (piece < 64 && at > 2000) { // the rest at once: a byte at a time takes long
        reader.append(bytes, at, bytes.length);
        read(reader, came);
        break;
      }
      System.arraycopy(bytes, at, reused, 0, count);
      reader.append(reused, 0, count);
      read(reader, came);
    }
    same("pieces of " + piece, came, requests);
    assertThat(reader.heldBytesExactly()).as("bytes that belong to no request").isZero();
  }

  @Property(tries = 500)
  void arbitraryBytesAreRequestsOrAProtocolError(@ForAll byte[] bytes) {
    var reader = new RequestReader();
    reader.append(bytes, 0, bytes.length);
    try {
      read(reader, new ArrayList<>());
      assertThat(reader.unreadBytes()).isBetween(0, bytes.length);
    } catch (ProtocolException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  private static void same(String where, List<byte[][]> came, List<byte[][]> sent) {
    assertThat(came.stream().map(RequestReaderProperties::shown).toList())
        .as(where)
        .isEqualTo(sent.stream().map(RequestReaderProperties::shown).toList());
  }

  private static List<Integer> shown(byte[][] request) {
    var hashes = new ArrayList<Integer>();
    for (byte[] argument : request) {
      hashes.add(argument.length);
      hashes.add(Arrays.hashCode(argument));
    }
    return hashes;
  }
}
