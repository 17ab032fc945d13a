package systems.net.loop;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many connections may stand, in all and from one peer. Shared by the loops of a server; any
 * thread.
 *
 * <p>A peer is an IPv4 address, or the 64 bits that name a network in IPv6: a customer is given at
 * least such a network, and could take another address of it for each connection.
 *
 * <p>The total is counted before it is compared, and counted back if it was too much: so two loops
 * that accept at once never let one too many in, though in a rush both may refuse the last place.
 */
public final class Admission {
  /** Admits everybody. */
  public static final Admission OPEN = new Admission(Integer.MAX_VALUE, Integer.MAX_VALUE);

  /** Of an IPv6 address, those that name the network, and all. */
  private static final int NETWORK_BYTES = 8;

  private static final int ADDRESS_BYTES = 16;

  private final int connectionsMax;
  private final int perAddressMax;
  private final AtomicInteger open = new AtomicInteger();
  private final ConcurrentHashMap<InetAddress, Integer> perAddress = new ConcurrentHashMap<>();

  /**
   * @param connectionsMax of all peers together
   * @param perAddressMax of one peer
   */
  public Admission(int connectionsMax, int perAddressMax) {
    if (connectionsMax < 1 || perAddressMax < 1) {
      throw new IllegalArgumentException(connectionsMax + " in all, " + perAddressMax + " a peer");
    }
    this.connectionsMax = connectionsMax;
    this.perAddressMax = perAddressMax;
  }

  /** Whether one more connection of this peer may stand; if so it is counted. */
  public boolean admit(InetAddress peer) {
    //> phase 3: two loops accept at once and one place is free: count first, or compare first?
    int standing = open.incrementAndGet(); //~ oneTooMany: int standing = open.getAndIncrement();
    if (standing > connectionsMax) {
      open.decrementAndGet();
      return false;
    }
    if (perAddressMax < Integer.MAX_VALUE && !admitOfPeer(network(peer))) {
      open.decrementAndGet(); //~ countsTheRefused: ;
      return false;
    }
    return true;
    //< phase 3 with: return true;
  }

  //> phase 3 only
  private boolean admitOfPeer(InetAddress network) {
    int now = perAddress.merge(network, 1, Integer::sum);
    if (now > perAddressMax) {
      releaseOfPeer(network);
      return false;
    }
    return true;
  }

  private void releaseOfPeer(InetAddress network) {
    perAddress.computeIfPresent(network, (peer, count) -> count == 1 ? null : count - 1);
  }

  private static InetAddress network(InetAddress peer) {
    if (!(peer instanceof Inet6Address)) {
      return peer;
    }
    byte[] address = peer.getAddress();
    Arrays.fill(address, NETWORK_BYTES, ADDRESS_BYTES, (byte) 0); //~ eachAddressIsAPeer: ;
    try {
      return InetAddress.getByAddress(address);
    } catch (UnknownHostException impossible) {
      throw new AssertionError("an address of 16 bytes", impossible);
    }
  }

  //< phase 3

  /** An admitted connection of this peer has ended. */
  public void release(InetAddress peer) {
    //> phase 3: what remains in the map of a peer that has gone?
    open.decrementAndGet();
    if (perAddressMax < Integer.MAX_VALUE) {
      releaseOfPeer(network(peer));
    }
    //< phase 3 with: assert peer != null;
  }

  /** Connections that were admitted and stand. */
  public int open() {
    return open.get();
  }

  /** Peers with a connection; 0 where nobody counts them. */
  int peers() {
    return perAddress.size();
  }
}
