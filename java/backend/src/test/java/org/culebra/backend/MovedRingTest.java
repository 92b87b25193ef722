package org.culebra.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.culebra.block.MemoryDevice;
import org.culebra.frontend.FrontEnd;
import org.culebra.frontend.FrontEndException;
import org.culebra.frontend.FrontEndOptions;
import org.culebra.linux.Fd;
import org.culebra.linux.FdList;
import org.culebra.linux.MemFd;
import org.culebra.vhostuser.RequestType;
import org.culebra.vhostuser.VringAddress;
import org.junit.jupiter.api.Test;

/** SET_VRING_ADDR to a place that isn't there, of a ring that runs. */
class MovedRingTest {
  private static final int REPLY_BYTES = 20;
  private static final int REGION_BYTES = 4096;
  private static final int NEED_REPLY = 8;

  @Test
  void shouldStayWhereItWasAndBeLookedForThereInTheNextMemory() throws Exception {
    FrontEndOptions options = new FrontEndOptions().usesMemorySlots(true);
    try (ServedDisks disks = ServedDisks.of(new MemoryDevice(1 << 20));
        FrontEnd frontEnd = disks.connect(options)) {
      Guest guest = new Guest(frontEnd, 0);
      guest.write(0, new byte[512]);
      FrontEndException refused =
          assertThrows(FrontEndException.class, () -> moveTo(frontEnd, 0x1000));
      assertTrue(refused.getMessage().endsWith("answers 0x1"), refused::getMessage);
      guest.write(0, new byte[512]);
      // The channel calls itself broken after a refusal, so this message goes out raw.
      int memory = MemFd.create("region", REGION_BYTES);
      frontEnd.sendRaw(
          HostileFrontEndTest.message(
              RequestType.ADD_MEM_REG.id(), NEED_REPLY, 40, 0, 1L << 40, REGION_BYTES, 1L << 40, 0),
          memory);
      Fd.close(memory);
      byte[] reply = frontEnd.receiveRaw(REPLY_BYTES, new FdList());
      assertArrayEquals(HostileFrontEndTest.message(RequestType.ADD_MEM_REG.id(), 4, 8, 0), reply);
      guest.write(0, new byte[512]);
      assertEquals(1, disks.errors().size(), disks.errors()::toString);
    }
  }

  private static void moveTo(FrontEnd frontEnd, long userAddress) throws Exception {
    frontEnd
        .begin(RequestType.SET_VRING_ADDR, true)
        .putVringAddress(new VringAddress(0, 0, userAddress, userAddress, userAddress, 0));
    frontEnd.exchange();
  }
}
