/**
 * What the image commands do, without their command line: create, info, map, check, convert and
 * compare, with the fields, texts and statuses of qemu-img, so that scripts move over.
 *
 * <p>Everything here blocks and is called by a control thread. Nothing prints: results are records
 * with {@code json()} and {@code human()}, lines go to a consumer that the caller passes in.
 * Targets are opened by a {@link org.culebra.image.tool.FileOpener}: paths by {@link
 * org.culebra.image.tool.LocalFiles}, other things by the caller's.
 */
package org.culebra.image.tool;
