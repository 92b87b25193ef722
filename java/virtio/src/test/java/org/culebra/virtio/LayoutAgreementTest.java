package org.culebra.virtio;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.LinkedHashMap;
import java.util.Map;
import org.culebra.linux.Layout;
import org.culebra.virtio.blk.BlkConfig;
import org.culebra.virtio.blk.BlkFeatures;
import org.culebra.virtio.blk.BlkRequestDecoder;
import org.culebra.virtio.blk.BlkRequestType;
import org.culebra.virtio.blk.BlkStatus;
import org.culebra.virtio.blk.RequestSlot;
import org.junit.jupiter.api.Test;

/** The constants here are those of the kernel's headers. */
class LayoutAgreementTest {
  private final Map<String, Long> ours = new LinkedHashMap<>();

  @Test
  void shouldHaveTheKernelsRings() {
    put("vring_desc", SplitRing.DESCRIPTOR_BYTES);
    put("vring_desc.addr", SplitRing.DESCRIPTOR_ADDR);
    put("vring_desc.len", SplitRing.DESCRIPTOR_LEN);
    put("vring_desc.flags", SplitRing.DESCRIPTOR_FLAGS);
    put("vring_desc.next", SplitRing.DESCRIPTOR_NEXT);
    put("vring_avail.flags", SplitRing.RING_FLAGS);
    put("vring_avail.idx", SplitRing.RING_IDX);
    put("vring_avail.ring", SplitRing.RING_ENTRIES);
    put("vring_used.flags", SplitRing.RING_FLAGS);
    put("vring_used.idx", SplitRing.RING_IDX);
    put("vring_used.ring", SplitRing.RING_ENTRIES);
    put("vring_used_elem", SplitRing.USED_ENTRY_BYTES);
    put("vring_used_elem.id", 0);
    put("vring_used_elem.len", SplitRing.USED_ENTRY_LEN);
    put("VRING_DESC_F_NEXT", SplitRing.DESC_F_NEXT);
    put("VRING_DESC_F_WRITE", SplitRing.DESC_F_WRITE);
    put("VRING_DESC_F_INDIRECT", SplitRing.DESC_F_INDIRECT);
    put("VRING_USED_F_NO_NOTIFY", SplitRing.USED_F_NO_NOTIFY);
    put("VRING_AVAIL_F_NO_INTERRUPT", SplitRing.AVAIL_F_NO_INTERRUPT);
    put("VIRTIO_RING_F_INDIRECT_DESC", FeatureBits.INDIRECT_DESC);
    put("VIRTIO_RING_F_EVENT_IDX", FeatureBits.EVENT_IDX);
    assertAgreement();
  }

  @Test
  void shouldHaveTheKernelsBlockRequests() {
    put("virtio_blk_outhdr", BlkRequestDecoder.HEADER_BYTES);
    put("virtio_blk_discard_write_zeroes", BlkRequestDecoder.SEGMENT_BYTES);
    put("VIRTIO_BLK_T_IN", BlkRequestType.IN);
    put("VIRTIO_BLK_T_OUT", BlkRequestType.OUT);
    put("VIRTIO_BLK_T_FLUSH", BlkRequestType.FLUSH);
    put("VIRTIO_BLK_T_GET_ID", BlkRequestType.GET_ID);
    put("VIRTIO_BLK_T_DISCARD", BlkRequestType.DISCARD);
    put("VIRTIO_BLK_T_WRITE_ZEROES", BlkRequestType.WRITE_ZEROES);
    put("VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP", RequestSlot.SEGMENT_UNMAP);
    put("VIRTIO_BLK_S_OK", BlkStatus.OK);
    put("VIRTIO_BLK_S_IOERR", BlkStatus.IOERR);
    put("VIRTIO_BLK_S_UNSUPP", BlkStatus.UNSUPP);
    put("VIRTIO_BLK_F_SIZE_MAX", BlkFeatures.SIZE_MAX);
    put("VIRTIO_BLK_F_SEG_MAX", BlkFeatures.SEG_MAX);
    put("VIRTIO_BLK_F_RO", BlkFeatures.RO);
    put("VIRTIO_BLK_F_BLK_SIZE", BlkFeatures.BLK_SIZE);
    put("VIRTIO_BLK_F_TOPOLOGY", BlkFeatures.TOPOLOGY);
    put("VIRTIO_BLK_F_MQ", BlkFeatures.MQ);
    put("VIRTIO_BLK_F_FLUSH", BlkFeatures.FLUSH);
    put("VIRTIO_BLK_F_CONFIG_WCE", BlkFeatures.CONFIG_WCE);
    put("VIRTIO_BLK_F_DISCARD", BlkFeatures.DISCARD);
    put("VIRTIO_BLK_F_WRITE_ZEROES", BlkFeatures.WRITE_ZEROES);
    assertAgreement();
  }

  @Test
  void shouldHaveTheKernelsBlockConfiguration() {
    put("virtio_blk_config.capacity", BlkConfig.CAPACITY);
    put("virtio_blk_config.size_max", BlkConfig.SIZE_MAX);
    put("virtio_blk_config.seg_max", BlkConfig.SEG_MAX);
    put("virtio_blk_config.geometry", BlkConfig.CYLINDERS);
    put("virtio_blk_config.blk_size", BlkConfig.BLK_SIZE);
    put("virtio_blk_config.physical_block_exp", BlkConfig.PHYSICAL_BLOCK_EXP);
    put("virtio_blk_config.alignment_offset", BlkConfig.ALIGNMENT_OFFSET);
    put("virtio_blk_config.min_io_size", BlkConfig.MIN_IO_SIZE);
    put("virtio_blk_config.opt_io_size", BlkConfig.OPT_IO_SIZE);
    put("virtio_blk_config.wce", BlkConfig.WRITEBACK);
    put("virtio_blk_config.num_queues", BlkConfig.NUM_QUEUES);
    put("virtio_blk_config.max_discard_sectors", BlkConfig.MAX_DISCARD_SECTORS);
    put("virtio_blk_config.max_discard_seg", BlkConfig.MAX_DISCARD_SEG);
    put("virtio_blk_config.discard_sector_alignment", BlkConfig.DISCARD_SECTOR_ALIGNMENT);
    put("virtio_blk_config.max_write_zeroes_sectors", BlkConfig.MAX_WRITE_ZEROES_SECTORS);
    put("virtio_blk_config.max_write_zeroes_seg", BlkConfig.MAX_WRITE_ZEROES_SEG);
    put("virtio_blk_config.write_zeroes_may_unmap", BlkConfig.WRITE_ZEROES_MAY_UNMAP);
    assertAgreement();
  }

  private void put(String name, long value) {
    ours.put(name, value);
  }

  private void assertAgreement() {
    Map<String, Long> theirs = new LinkedHashMap<>();
    ours.keySet().forEach(name -> theirs.put(name, Layout.value(name)));
    assertEquals(theirs, ours);
  }
}
