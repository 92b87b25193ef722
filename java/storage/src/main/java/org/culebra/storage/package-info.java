/**
 * Targets: what a disk's bytes can lie on, and how a person names it.
 *
 * <p>A {@link org.culebra.storage.TargetUri} is text understood, nothing more; {@link
 * org.culebra.storage.Targets} makes an inactive {@link org.culebra.block.BlockDevice} of it. A
 * target never names an image format: that stands on top of the device.
 */
package org.culebra.storage;
