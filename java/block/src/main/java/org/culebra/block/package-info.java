/**
 * The block contract: what a disk is to whoever reads and writes it.
 *
 * <p>A {@link org.culebra.block.BlockDevice} is opened, activated, handed over and closed by a
 * control thread that may block. A {@link org.culebra.block.BlockQueue} carries requests for one
 * submitter, in batches, without blocking: {@code submit} takes requests, {@code dispatch} sends
 * what was taken once per cycle, {@code poll} pulls completions up. A layer that stands on another
 * one holds a queue of it, and its own {@code poll} polls it: completions are pulled, not called
 * back, so a stack has one thread and no re-entrancy. (The word <em>flush</em> is kept for the
 * operation that makes data durable.)
 *
 * <p>A {@link org.culebra.block.BlockRequest} is the submitter's object and stays unchanged until
 * it completes, so a layer keeps a reference instead of a copy, and a layer that splits one passes
 * the same memory on with an offset. The bound on requests in flight is set when the queue is
 * opened; with it every table has its size, and there is no "try again".
 *
 * <p>Sleeping is the owner's matter: a queue names descriptors to a {@link
 * org.culebra.block.Waiter}, and {@code prepareWait} closes the window between the last look and
 * the sleep.
 */
package org.culebra.block;
