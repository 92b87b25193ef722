package org.culebra.virtio.blk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HexFormat;
import org.culebra.spec.Spec;
import org.culebra.virtio.FeatureBits;
import org.junit.jupiter.api.Test;

@Spec("virtio 1.3 §5.2.4")
class BlkConfigTest {
  private final BlkConfig config =
      new BlkConfig()
          .capacitySectors(0x0807_0605_0403_0201L)
          .sizeMax(0x0c0b_0a09L)
          .segMax(0x100f_0e0dL)
          .geometry(0x1211, 0x13, 0x14)
          .blkSize(0x1817_1615L)
          .physicalBlockExp(0x19)
          .alignmentOffset(0x1a)
          .minIoSize(0x1c1b)
          .optIoSize(0x201f_1e1dL)
          .writeback(true)
          .numQueues(0x2423)
          .maxDiscardSectors(0x2827_2625L)
          .maxDiscardSeg(0x2c2b_2a29L)
          .discardSectorAlignment(0x302f_2e2dL)
          .maxWriteZeroesSectors(0xffff_ffffL)
          .maxWriteZeroesSeg(0x3837_3635L)
          .writeZeroesMayUnmap(true);

  @Test
  void shouldLayFieldsOutAsTheSpecificationDoes() {
    String expected =
        "0102030405060708" // capacity
            + "090a0b0c" // size_max
            + "0d0e0f10" // seg_max
            + "11121314" // geometry
            + "15161718" // blk_size
            + "191a1b1c1d1e1f20" // topology
            + "0100" // writeback, unused0
            + "2324" // num_queues
            + "25262728292a2b2c2d2e2f30" // discard
            + "ffffffff35363738" // write zeroes
            + "01000000" // write_zeroes_may_unmap, unused1
            + "00".repeat(36); // secure erase, zoned
    assertEquals(expected, HexFormat.of().formatHex(config.encode()));
  }

  @Test
  void shouldReadBackWhatItWrote() {
    BlkConfig decoded = BlkConfig.decode(config.encode());
    assertEquals(0x0807_0605_0403_0201L, decoded.capacitySectors());
    assertEquals(0x0c0b_0a09L, decoded.sizeMax());
    assertEquals(0x100f_0e0dL, decoded.segMax());
    assertEquals(0x1211, decoded.cylinders());
    assertEquals(0x13, decoded.heads());
    assertEquals(0x14, decoded.sectors());
    assertEquals(0x1817_1615L, decoded.blkSize());
    assertEquals(0x19, decoded.physicalBlockExp());
    assertEquals(0x1a, decoded.alignmentOffset());
    assertEquals(0x1c1b, decoded.minIoSize());
    assertEquals(0x201f_1e1dL, decoded.optIoSize());
    assertTrue(decoded.writeback());
    assertEquals(0x2423, decoded.numQueues());
    assertEquals(0x2827_2625L, decoded.maxDiscardSectors());
    assertEquals(0x2c2b_2a29L, decoded.maxDiscardSeg());
    assertEquals(0x302f_2e2dL, decoded.discardSectorAlignment());
    assertEquals(0xffff_ffffL, decoded.maxWriteZeroesSectors());
    assertEquals(0x3837_3635L, decoded.maxWriteZeroesSeg());
    assertTrue(decoded.writeZeroesMayUnmap());
  }

  @Test
  void shouldReadTheShorterStructureOfOlderFrontEnds() {
    byte[] whole = config.encode();
    BlkConfig decoded = BlkConfig.decode(Arrays.copyOf(whole, BlkConfig.WRITE_ZEROES_SIZE));
    assertArrayEquals(whole, decoded.encode());
    assertEquals(0, BlkConfig.decode(Arrays.copyOf(whole, 36)).maxDiscardSectors());
  }

  @Test // pitfall 13
  void shouldGiveAnyPartAndNothingOutside() {
    byte[] whole = config.encode();
    assertArrayEquals(Arrays.copyOf(whole, 60), config.encode(0, 60));
    assertArrayEquals(Arrays.copyOfRange(whole, 34, 36), config.encode(34, 2));
    assertArrayEquals(new byte[0], config.encode(BlkConfig.SIZE, 0));
    assertNull(config.encode(0, BlkConfig.SIZE + 1));
    assertNull(config.encode(BlkConfig.SIZE, 1));
    assertNull(config.encode(0x100, 60));
    assertNull(config.encode(0xffff_ffffL, 0xffff_ffffL));
    assertNull(config.encode(-1, 2));
  }

  @Test
  void shouldGiveTheDecoderTheLimitsThatTheDriverIsTold() {
    BlkConfig small =
        new BlkConfig()
            .capacitySectors(2048)
            .maxDiscardSectors(64)
            .maxDiscardSeg(3)
            .maxWriteZeroesSectors(32)
            .maxWriteZeroesSeg(2);
    BlkLimits limits = BlkLimits.of(small, true, FeatureBits.mask(BlkFeatures.DISCARD));
    assertEquals(
        new BlkLimits(
            2048,
            true,
            1 << BlkFeatures.DISCARD,
            new BlkLimits.Segments(64, 3),
            new BlkLimits.Segments(32, 2)),
        limits);
  }

  @Test
  @Spec("virtio 1.3 §5.2.3")
  void shouldNameFeatures() {
    long features =
        FeatureBits.mask(BlkFeatures.RO)
            | FeatureBits.mask(3)
            | FeatureBits.mask(BlkFeatures.ZONED)
            | FeatureBits.mask(FeatureBits.VHOST_USER_F_PROTOCOL_FEATURES)
            | FeatureBits.mask(FeatureBits.VERSION_1);
    assertEquals("bit 3|RO|ZONED|PROTOCOL_FEATURES|VERSION_1", BlkFeatures.names(features));
    assertEquals("none", FeatureBits.names(0));
    assertEquals("bit 63", FeatureBits.names(1L << 63));
  }
}
