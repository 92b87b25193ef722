package org.culebra.virtio.blk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class RequestSlotTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  @Test
  void shouldCostLessThan256KibForTheSlotsOfAnIdleQueueOf1024() {
    RequestSlot[] slots = new RequestSlot[1024];
    new RequestSlot(0).close();
    long before = THREADS.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < slots.length; i++) {
      slots[i] = new RequestSlot(i);
    }
    long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
    assertTrue(bytes < 256 << 10, bytes + " bytes");
    assertNull(slots[1023].buffers.readable);
  }

  @Test
  void shouldGrowSegmentsToTheirLimitAndKeepThem() {
    RequestSlot slot = new RequestSlot(0);
    for (int i = 0; i < RequestSlot.SEGMENTS_MAX; i++) {
      slot.addSegment(i, 1, 0);
    }
    assertEquals(RequestSlot.SEGMENTS_MAX, slot.segmentSector.length);
    long[] grown = slot.segmentSector;
    slot.begin(null, 0);
    slot.addSegment(5, 1, 0);
    assertEquals(1, slot.segmentCount);
    assertEquals(grown, slot.segmentSector);
  }

  @Test
  void shouldSayWhatItHolds() {
    RequestSlot slot = new RequestSlot(3);
    slot.begin(null, 0);
    slot.type = BlkRequestType.WRITE_ZEROES;
    assertEquals("head 3 generation 1 WRITE_ZEROES sector 0 data 0", slot.toString());
    assertEquals("type 4294967295", BlkRequestType.name(-1));
    assertEquals("status 7", BlkStatus.name(7));
  }
}
