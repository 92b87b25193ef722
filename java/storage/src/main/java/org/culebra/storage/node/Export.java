package org.culebra.storage.node;

import org.culebra.block.BlockDevice;

/**
 * A device under the name that clients ask for.
 *
 * @param name at most 4096 bytes of UTF-8
 * @param device active, and the caller's: it stays so while the node is open
 */
public record Export(String name, BlockDevice device) {}
