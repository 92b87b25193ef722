/**
 * A vhost-user front-end of our own: what a VMM and a guest's driver do together, without a guest.
 *
 * <p>{@link org.culebra.frontend.FrontEnd} connects, negotiates and shares memory, in the order of
 * QEMU or of libblkio ({@link org.culebra.frontend.MessageOrder}); each {@link
 * org.culebra.frontend.FrontEndQueue} drives one vring. The benchmark and all end-to-end tests
 * stand on it, so it is strict about what a back-end answers, never waits longer than its time
 * limit, and lets tests send what no sane front-end would ({@link
 * org.culebra.frontend.FrontEnd#sendRaw}, {@link org.culebra.frontend.FrontEndQueue#driver}).
 *
 * <p>Guest addresses, user addresses and our own addresses of the shared memory all differ, so that
 * a back-end that mixes them up is caught.
 */
package org.culebra.frontend;
