/**
 * Virtqueues from the device's side (virtio 1.3 ch. 2): feature bits, the split ring, and the walk
 * along descriptor chains into scattered memory of this process.
 *
 * <p>Codecs only: no I/O, no clock, no log. What a driver can do wrong has an outcome of its own
 * and a line that tells it; nothing is thrown at it, and nothing is allocated while it behaves.
 */
package org.culebra.virtio;
