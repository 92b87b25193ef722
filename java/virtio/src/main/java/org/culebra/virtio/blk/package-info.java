/**
 * The block device's requests and configuration (virtio 1.3 §5.2): what a chain asks for, and
 * whether it may.
 *
 * <p>A {@link org.culebra.virtio.blk.RequestSlot} is one head's place; {@link
 * org.culebra.virtio.blk.BlkRequestDecoder} fills it from the chain's buffers and says what is to
 * be done. Nothing here knows how a request is executed.
 */
package org.culebra.virtio.blk;
