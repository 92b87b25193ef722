/**
 * The driver's side of a split virtqueue and of the block device's requests: what a guest does, for
 * the benchmark's front-end and for tests.
 */
package org.culebra.virtio.driver;
