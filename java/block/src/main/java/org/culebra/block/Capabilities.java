package org.culebra.block;

/**
 * What a device can do; fixed from {@link BlockDevice#activate()} to {@link
 * BlockDevice#deactivate()}.
 *
 * @param readOnly writes, discards and write zeroes complete with EROFS
 * @param growable a write past the end makes the device longer; a read past it gives zeroes
 * @param discard {@link BlockOperation#DISCARD} does something; else it completes with ENOTSUP
 * @param writeZeroes {@link BlockOperation#WRITE_ZEROES} is taken; else it completes with ENOTSUP
 * @param fastZeroes {@link BlockRequest#NO_FALLBACK} write zeroes can succeed
 * @param queuesMax how many queues may be open at once, above 0
 */
public record Capabilities(
    boolean readOnly,
    boolean growable,
    boolean discard,
    boolean writeZeroes,
    boolean fastZeroes,
    int queuesMax) {
  /** As many queues as anyone opens. */
  public static final int QUEUES_UNLIMITED = Integer.MAX_VALUE;
}
