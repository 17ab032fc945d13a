package systems.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What the C functions say, and what they say when they refuse. */
@Tag("phase-5")
@EnabledOnOs(OS.LINUX)
class MmapTest {
  private static final long PAGES = 256 << 10;

  private static Mmap calls() {
    return Objects.requireNonNull(Mmap.linked(), "the C library has mmap, munmap and madvise");
  }

  @Test
  void aMappedRangeBeginsAtAPage() {
    long address = calls().map(PAGES);
    assertThat(address).isNotZero();
    assertThat(address % 4096).as("address within its page").isZero();
    calls().unmap(address, PAGES);
  }

  @Test
  void aRangeThatNoAddressSpaceHasIsRefusedWithItsReason() {
    assertThatThrownBy(
            () -> calls().map(1L << 60),
            "what map says of 2^60 bytes, where mmap returns MAP_FAILED, which is -1")
        .isInstanceOf(OutOfRegionException.class)
        .hasMessageContaining(String.valueOf(1L << 60))
        .hasMessageContaining("errno 12");
  }

  @Test
  void unmappingNothingIsNoCall() {
    calls().unmap(1, 0);
    assertThatThrownBy(
            () -> calls().unmap(1, PAGES), "what unmap says of an address that is no page's")
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("errno 22");
  }

  @Test
  void adviceThatTheKernelDoesNotKnowComesBackAsItsErrno() {
    long address = calls().map(PAGES);
    assertThat(calls().advise(address, PAGES, 9999)).as("errno of advice 9999").isEqualTo(22);
    calls().unmap(address, PAGES);
  }

  @Test
  void anErrnoIsDescribedByTheCLibrary() {
    assertThat(calls().describe(2)).isEqualTo("No such file or directory (errno 2)");
  }
}
