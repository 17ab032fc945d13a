package systems.net.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import systems.net.Effort;

@Tag("phase-3")
class AdmissionTest {
  private static InetAddress peer(String address) {
    try {
      return InetAddress.getByName(address);
    } catch (UnknownHostException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static final InetAddress ALICE = peer("10.0.0.1");
  private static final InetAddress BOB = peer("10.0.0.2");
  private static final boolean[] ONE_TOO_MANY = {true, true, true, false};

  @Test
  void noMoreThanTheTotalStand() {
    var admission = new Admission(2, 100);
    assertThat(admission.admit(ALICE)).isTrue();
    assertThat(admission.admit(BOB)).isTrue();
    assertThat(admission.admit(BOB)).as("the third of two").isFalse();
    assertThat(admission.open()).isEqualTo(2);
    admission.release(ALICE);
    assertThat(admission.admit(BOB)).as("when one has ended").isTrue();
    assertThatThrownBy(() -> new Admission(0, 1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Admission(1, 0)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void noMoreThanItsShareStandsForOnePeer() {
    var admission = new Admission(100, 2);
    assertThat(admission.admit(ALICE)).isTrue();
    assertThat(admission.admit(ALICE)).isTrue();
    assertThat(admission.admit(ALICE)).as("the third of two").isFalse();
    assertThat(admission.admit(BOB)).as("another peer").isTrue();
    assertThat(admission.open()).as("the refused is not counted").isEqualTo(3);
    admission.release(ALICE);
    assertThat(admission.admit(ALICE)).isTrue();
  }

  @Test
  void anIpv6PeerIsItsNetwork() {
    var admission = new Admission(100, 1);
    assertThat(admission.admit(peer("2001:db8:0:1::1"))).isTrue();
    assertThat(admission.admit(peer("2001:db8:0:1:ffff::2"))).as("in the same /64").isFalse();
    assertThat(admission.admit(peer("2001:db8:0:2::1"))).as("in another /64").isTrue();
    admission.release(peer("2001:db8:0:1::1"));
    assertThat(admission.admit(peer("2001:db8:0:1::3"))).isTrue();
  }

  @Test
  void aPeerWithoutConnectionsIsForgotten() {
    var admission = new Admission(100, 2);
    for (int i = 0; i < 50; i++) {
      admission.admit(peer("10.0.1." + i));
    }
    assertThat(admission.peers()).isEqualTo(50);
    for (int i = 0; i < 50; i++) {
      admission.release(peer("10.0.1." + i));
    }
    assertThat(admission.peers()).isZero();
    assertThat(admission.open()).isZero();
  }

  @Test
  void loopsThatAdmitAtOnceNeverLetOneTooManyIn() throws InterruptedException {
    int rounds = Effort.of(20_000, 4_000);
    var admission = new Admission(3, 2);
    assertThat(twoOfEach(admission)).as("two of Alice, two of Bob").containsExactly(ONE_TOO_MANY);
    admission.release(ALICE);
    admission.release(ALICE);
    admission.release(BOB);
    var standing = new AtomicInteger();
    var most = new AtomicInteger();
    var threads = new ArrayList<Thread>();
    for (InetAddress peer : new InetAddress[] {ALICE, ALICE, BOB, BOB}) {
      threads.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int i = 0; i < rounds; i++) {
                  if (admission.admit(peer)) {
                    most.accumulateAndGet(standing.incrementAndGet(), Math::max);
                    standing.decrementAndGet();
                    admission.release(peer);
                  }
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(most.get()).as("connections that stood at once").isLessThanOrEqualTo(3);
    assertThat(admission.open()).isZero();
    assertThat(admission.peers()).isZero();
    assertThat(twoOfEach(admission)).as("two of each, in the end").containsExactly(ONE_TOO_MANY);
  }

  private static boolean[] twoOfEach(Admission admission) {
    return new boolean[] {
      admission.admit(ALICE), admission.admit(ALICE), admission.admit(BOB), admission.admit(BOB)
    };
  }
}
