package org.culebra.block;

/**
 * The sizes a device works in; fixed from {@link BlockDevice#activate()} to {@link
 * BlockDevice#deactivate()}.
 *
 * @param alignmentBytes offsets and lengths of requests are multiples of it: 1 to 65536, a power of
 *     two. A stack above 512 gets an {@code AlignmentFilter} on top
 * @param memoryAlignmentBytes memory of this alignment is used as it stands, other memory is copied
 * @param physicalBlockBytes the smallest write that needs no read; a power of two from 512 on
 * @param optimalBytes the preferred size and alignment of large requests, 0 when there is none
 * @param discardGranularityBytes smaller discards may do nothing; a power of two
 */
public record Limits(
    int alignmentBytes,
    int memoryAlignmentBytes,
    int physicalBlockBytes,
    int optimalBytes,
    int discardGranularityBytes) {
  /** Any byte at any address; 512-byte physical blocks. */
  public static final Limits BYTES = new Limits(1, 1, 512, 0, 512);

  /** Checks the ranges that every user relies on. */
  public Limits {
    assert Integer.bitCount(alignmentBytes) == 1 && alignmentBytes <= 65536;
    assert Integer.bitCount(memoryAlignmentBytes) == 1;
    assert Integer.bitCount(physicalBlockBytes) == 1 && physicalBlockBytes >= 512;
    assert Integer.bitCount(discardGranularityBytes) == 1;
  }
}
