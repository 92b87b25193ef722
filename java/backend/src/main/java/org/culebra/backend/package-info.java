/**
 * The back-end: disks served to front-ends over vhost-user, and the threads that do it.
 *
 * <p><b>Two planes.</b> One {@link org.culebra.backend.ControlAgent} thread reads vhost-user
 * messages, keeps deadlines and answers commands; it never blocks: what may block runs on workers
 * and comes back as an event. {@code QueueAgent} threads serve vrings and do nothing else. Control
 * speaks to an agent through its {@code QueueProxy}: a command is carried out between two cycles,
 * and answered by an event. A method whose name begins with {@code on} runs on the thread that owns
 * the object.
 *
 * <p><b>Lifetimes.</b> A vring stops fetching (hold), lets its requests end, is taken from its
 * agent (end), and only then are its queue closed, its memory unmapped and its descriptors closed.
 * If requests don't end within the drain bound, the queue is cancelled; a request is completed only
 * when nothing can touch its memory any more, so even then nothing is unmapped early. A changed
 * memory table is adopted at once for new requests, and the old one is unmapped when the last
 * request that used it has ended.
 *
 * <p><b>Ring states</b> (vhost-user: Ring states): started and enabled are independent.
 * SET_VRING_KICK starts a ring, with or without a descriptor; GET_VRING_BASE, a reset and the end
 * of the connection stop it. An enabled ring is looked at without waiting for a kick.
 *
 * <p><b>Another device under a running guest</b> is {@code PipelineSwap}: hold all vrings,
 * transfer, give each its new pipeline.
 *
 * <p>Time and I/O come through {@link org.culebra.backend.Host}.
 */
package org.culebra.backend;
