/**
 * Disk image formats: how the bytes of a virtual disk are kept in a file.
 *
 * <p>An {@link org.culebra.image.ImageFormat} turns a {@link org.culebra.block.BlockDevice} that is
 * a file (of this host, of an NBD server, in memory) into one that is a disk. Every format answers
 * one question, {@link org.culebra.image.AddressMap}: where do these bytes lie? The data path, map,
 * convert and check ask nothing else.
 *
 * <p>A file is closed with the disk that stands on it, and activated and deactivated with it.
 * Backing files are opened when the disk is activated, by a {@link
 * org.culebra.image.BackingResolver} of the caller's: their names come from the image, which may
 * come from a stranger.
 */
package org.culebra.image;
