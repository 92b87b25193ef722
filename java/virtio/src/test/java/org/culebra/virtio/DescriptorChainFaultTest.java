package org.culebra.virtio;

import static org.culebra.virtio.GuestDriver.Desc.indirect;
import static org.culebra.virtio.GuestDriver.Desc.readable;
import static org.culebra.virtio.GuestDriver.Desc.writable;
import static org.culebra.virtio.GuestDriver.chained;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.culebra.linux.IoVector;
import org.culebra.linux.Memory;
import org.culebra.spec.Spec;
import org.culebra.virtio.GuestDriver.Desc;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pitfalls 25, 26 and 33: chains of hostile and odd drivers, each with its reason and line. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DescriptorChainFaultTest {
  private static final int NEXT = SplitRing.DESC_F_NEXT;
  private static final int INDIRECT = SplitRing.DESC_F_INDIRECT;
  private static final long DATA = GuestDriver.LOW + 0x4_0000;
  private static final long DECOY = GuestDriver.ALONE;
  private static final int DECOY_INDEX = 5;
  private static final long RACE_NS = 1_000_000_000L;
  private static final String AT_DATA = "0x" + Long.toHexString(DATA);
  private final GuestDriver guest = new GuestDriver(8, FeatureBits.INDIRECT_DESC);
  private final SplitVirtqueue queue = guest.device();
  private final ChainBuffers out = new ChainBuffers();

  @AfterEach
  void close() {
    assertTrue(guest.isCanaryIntact());
    out.close();
    guest.close();
  }

  @Test
  @Spec("virtio 1.3 §2.7.5.2")
  void shouldEndALoopInTheQueuesTable() {
    guest.offerRaw(
        readable(DATA, 1).flags(NEXT).next(1), readable(DATA + 9, 1).flags(NEXT).next(0));
    assertFault(
        DescriptorChain.CHAIN_TOO_LONG,
        "descriptor 1 {addr 0x140009, len 0x1, flags NEXT, next 0}: chain of more than 8"
            + " descriptors");
  }

  @Test
  void shouldEndALoopOfDescriptorsOfLengthZero() {
    guest.offerRaw(readable(DATA, 0).flags(NEXT).next(0));
    assertReason(DescriptorChain.CHAIN_TOO_LONG);
  }

  @Test
  void shouldEndALoopInAnIndirectTable() {
    guest.table(
        guest.host(DATA),
        readable(DATA, 1).flags(NEXT).next(1),
        readable(DATA + 9, 1).flags(NEXT).next(0));
    guest.offerRaw(indirect(DATA, 32));
    assertFault(
        DescriptorChain.CHAIN_TOO_LONG,
        "indirect descriptor 1 {addr 0x140009, len 0x1, flags NEXT, next 0}: chain of more than 2"
            + " descriptors");
  }

  @Test
  void shouldRefuseANextOutsideTheQueuesTable() {
    guest.offerRaw(readable(DATA, 16).flags(NEXT).next(8));
    assertFault(
        DescriptorChain.NEXT_OUT_OF_RANGE,
        "descriptor 0 {addr " + AT_DATA + ", len 0x10, flags NEXT, next 8}: next not below 8");
  }

  @Test // pitfall 25: the indirect table's own length counts, not the queue's
  void shouldRefuseANextOutsideTheIndirectTable() {
    guest.table(guest.host(DATA), readable(DATA, 16).flags(NEXT).next(1));
    guest.offerRaw(indirect(DATA, 16));
    assertReason(DescriptorChain.NEXT_OUT_OF_RANGE);
  }

  @Test
  @Spec("virtio 1.3 §2.7.4.2")
  void shouldRefuseReadableAfterWritable() {
    guest.offerChain(writable(DATA, 512), readable(DATA + 4096, 16));
    assertFault(
        DescriptorChain.READABLE_AFTER_WRITABLE,
        "descriptor 1 {addr 0x141000, len 0x10, flags 0, next 0}: device-readable after"
            + " device-writable");
  }

  @Test
  void shouldRefuseAnAddressOutsideMemory() {
    guest.offerChain(readable(0x3f000, 0x2000));
    assertFault(
        DescriptorChain.NOT_MAPPED,
        "descriptor 0 {addr 0x3f000, len 0x2000, flags 0, next 0}: not in guest memory");
  }

  @Test
  void shouldRefuseABufferThatCrossesTheEndOfMemory() {
    long end = GuestDriver.ADJOINING + GuestDriver.ADJOINING_BYTES;
    guest.offerRaw(
        readable(DATA, 16).flags(NEXT).next(4),
        readable(0, 0),
        readable(0, 0),
        readable(0, 0),
        writable(end - 0x1000, 0x2000));
    assertFault(
        DescriptorChain.NOT_MAPPED,
        "descriptor 4 {addr 0x18f000, len 0x2000, flags WRITE, next 0}: crosses region end"
            + " 0x190000");
  }

  @Test
  void shouldRefuseAnAddressThatOverflows() {
    guest.offerChain(readable(-16, 32));
    assertReason(DescriptorChain.NOT_MAPPED);
    guest.offerChain(readable(Long.MAX_VALUE, 0xffff_ffffL));
    assertReason(DescriptorChain.NOT_MAPPED);
  }

  @Test
  @Spec("virtio 1.3 §2.7.5.3.1")
  void shouldRefuseIndirectWhenNotNegotiated() {
    try (GuestDriver plain = new GuestDriver(8)) {
      plain.offerRaw(indirect(DATA, 16));
      int reason = DescriptorChain.walk(plain.device(), 0, plain.memory, out);
      assertEquals(DescriptorChain.INDIRECT_NOT_NEGOTIATED, reason);
    }
  }

  @Test
  @Spec("virtio 1.3 §2.7.5.3.1")
  void shouldRefuseIndirectWithNext() {
    guest.offerRaw(indirect(DATA, 16).flags(INDIRECT | NEXT).next(1));
    assertFault(
        DescriptorChain.INDIRECT_WITH_NEXT,
        "descriptor 0 {addr "
            + AT_DATA
            + ", len 0x10, flags NEXT|INDIRECT, next 1}: indirect and next in one descriptor");
  }

  @Test
  @Spec("virtio 1.3 §2.7.5.3.1")
  void shouldRefuseNestedIndirect() {
    guest.table(guest.host(DATA), indirect(DATA, 16));
    guest.offerRaw(indirect(DATA, 16));
    assertReason(DescriptorChain.INDIRECT_NESTED);
  }

  @Test
  void shouldRefuseAnIndirectTableWhoseLengthIsNoMultipleOf16() {
    guest.offerRaw(indirect(DATA, 17));
    assertReason(DescriptorChain.INDIRECT_LENGTH);
  }

  @Test
  void shouldRefuseAnEmptyIndirectTable() {
    guest.offerRaw(indirect(DATA, 0));
    assertReason(DescriptorChain.INDIRECT_LENGTH);
  }

  @Test
  void shouldRefuseAnIndirectTableBeyondTheLimit() {
    guest.offerRaw(indirect(DATA, 1025 * 16));
    assertFault(
        DescriptorChain.INDIRECT_TOO_LONG,
        "descriptor 0 {addr "
            + AT_DATA
            + ", len 0x4010, flags INDIRECT, next 0}: indirect table of more than 1024"
            + " descriptors");
    guest.offerRaw(indirect(DATA, 0xffff_fff0L));
    assertReason(DescriptorChain.INDIRECT_TOO_LONG);
  }

  @Test
  void shouldRefuseAnIndirectTableOutsideMemory() {
    guest.offerRaw(indirect(GuestDriver.ALONE + GuestDriver.ALONE_BYTES - 16, 32));
    assertReason(DescriptorChain.INDIRECT_NOT_MAPPED);
    guest.offerRaw(indirect(0, 32));
    assertReason(DescriptorChain.INDIRECT_NOT_MAPPED);
  }

  @Test
  void shouldRefuseMoreSegmentsThanTheLimit() {
    try (GuestDriver large = new GuestDriver(2048)) {
      Desc[] chain = new Desc[ChainBuffers.SEGMENTS_MAX + 1];
      Arrays.setAll(chain, i -> readable(GuestDriver.ALONE + i * 32L, 16));
      large.offerChain(chain);
      int reason = DescriptorChain.walk(large.device(), 0, large.memory, out);
      assertEquals(DescriptorChain.TOO_MANY_SEGMENTS, reason);
      assertTrue(out.describeFault().endsWith(": more than 1280 segments"), out.describeFault());
    }
  }

  @Test
  void shouldRefuseAHeadOutsideTheTable() {
    assertEquals(
        DescriptorChain.HEAD_OUT_OF_RANGE, DescriptorChain.walk(queue, 8, guest.memory, out));
    assertEquals("queue 2 head 8: head not below queue size 8", out.describeFault());
  }

  @Test
  void shouldNameFlagsThatNobodyDefined() {
    guest.offerRaw(readable(0, 1).flags(0x8000 | SplitRing.DESC_F_WRITE));
    walk();
    assertTrue(out.describeFault().contains("flags WRITE|0x8000"), out.describeFault());
  }

  @Test
  void shouldHaveATextForEachReason() {
    for (int reason = DescriptorChain.OK; reason <= DescriptorChain.INDIRECT_NOT_MAPPED; reason++) {
      assertNotEquals("", DescriptorChain.reasonText(reason));
    }
  }

  @Test // pitfall 26: CVE-2026-93683 (the table's length), CVE-2026-86848 (next)
  void shouldUseOnlyWhatWasCheckedWhileTheGuestRewritesDescriptors() throws Exception {
    long table = guest.allocate(DECOY_INDEX * 16 + 16);
    guest.table(
        table, chained(readable(DATA, 16), writable(DATA + 64, 512), writable(DATA + 1024, 1)));
    // Outside the table of 48 bytes: to be had only when length or next is fetched a second time.
    guest.table(table + DECOY_INDEX * 16, writable(DECOY, 77));
    guest.offerRaw(indirect(guest.guest(table), 48));
    AtomicBoolean isOver = new AtomicBoolean();
    Thread rewriter = new Thread(() -> rewrite(table, isOver));
    rewriter.start();
    int good = 0;
    int wrong = 0;
    try {
      long startNs = System.nanoTime();
      while (System.nanoTime() - startNs < RACE_NS) {
        boolean isOk = walk() == DescriptorChain.OK;
        good += isOk ? 1 : 0;
        wrong += isOk && !(isInsideMemory(out.readable) && isInsideMemory(out.writable)) ? 1 : 0;
        wrong += isOk && out.writable.lengthBytes() == 77 ? 1 : 0;
      }
    } finally {
      isOver.set(true);
      rewriter.join();
    }
    assertEquals(0, wrong);
    assertTrue(good > 0);
  }

  /** Switches next, the table's length, an address and a length between good and bad. */
  private void rewrite(long table, AtomicBoolean isOver) {
    long direct = guest.layout.descriptorTableAddress();
    while (!isOver.get()) {
      Memory.putShort(table + SplitRing.DESCRIPTOR_NEXT, DECOY_INDEX);
      // Long enough for the decoy, and refused for being no multiple of 16.
      Memory.putIntRelease(direct + SplitRing.DESCRIPTOR_LEN, (DECOY_INDEX + 1) * 16 + 1);
      Thread.onSpinWait();
      Memory.putIntRelease(direct + SplitRing.DESCRIPTOR_LEN, 48);
      Thread.onSpinWait();
      Memory.putShortRelease(table + SplitRing.DESCRIPTOR_NEXT, 1);
      Thread.onSpinWait();
      Memory.putLong(table + 16, 0);
      Memory.putInt(table + 16 + SplitRing.DESCRIPTOR_LEN, 0x7fff_ffff);
      Memory.putInt(table + 16 + SplitRing.DESCRIPTOR_LEN, 512);
      Memory.putLong(table + 16, DATA + 64);
    }
  }

  private boolean isInsideMemory(IoVector vector) {
    for (int i = 0; i < vector.count(); i++) {
      final long address = vector.address(i);
      final long length = vector.length(i);
      boolean isInside =
          guest.memory.regions().stream()
              .anyMatch(
                  r ->
                      address >= r.hostAddress()
                          && address + length <= r.hostAddress() + r.sizeBytes());
      if (!isInside) {
        return false;
      }
    }
    return true;
  }

  private int walk() {
    return DescriptorChain.walk(queue, 0, guest.memory, out);
  }

  private void assertReason(int reason) {
    assertEquals(reason, walk());
    assertEquals(reason, out.reason());
    assertFalse(out.describeFault().isEmpty());
  }

  private void assertFault(int reason, String text) {
    assertReason(reason);
    assertEquals("queue 2 head 0: " + text, out.describeFault());
  }
}
