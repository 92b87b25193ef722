/**
 * The qcow2 format, versions 2 and 3, read and written on any device as its file.
 *
 * <h2>Parts</h2>
 *
 * <pre>
 *   Qcow2Device      open, activate, deactivate; the control thread's side
 *   Qcow2Core        the machine of an active image (an OwnerCore): holds the parts below
 *   GuestRequest     one request: cut into pieces, ends once with the first error
 *   ReadPath, WritePath, ZeroPath      how a request is cut, by operation
 *   Lookup           guest offset -> L2 entry (the AddressMap), through pages of L1 and L2
 *   TableCache       pages of all tables, L1 and refcount table included; bounded
 *   Allocation       one allocating write: clusters, copy on write, data, then the entries
 *   L2TableCreation  a new L2 table, or a copy of one that a snapshot shares
 *   ClusterAllocator, RefcountMap, RefcountBlockCreation, RefcountTableGrowth
 *   PendingFrees     clusters that lost a reference, until they may be used again
 *   WriteBack        makes dirty pages durable, in order
 *   HeaderWriter     the few header fields that change
 * </pre>
 *
 * <p>All of it but the device is confined to the image's owner (see the owner package), so it has
 * no locks. A part that can't go on puts its task into a list and returns; what it waits for wakes
 * it, and it looks at the world again from the beginning of its step. Nothing is kept across a wait
 * that could have changed, but for what is pinned (the L2 page of an allocation) or fenced (the
 * guest clusters of an allocation).
 *
 * <h2>The life of a write</h2>
 *
 * <ol>
 *   <li>The first change of an image clears its autoclear bits, durably.
 *   <li>{@code Lookup} finds the entry, or its page is loaded. A missing or shared L2 table is made
 *       first: its content is written to a new cluster, then the L1 entry changes in memory.
 *   <li>An entry with the copied flag: the data goes straight down. Runs of adjacent clusters are
 *       one request. This is the fast path: one comparison, one child request.
 *   <li>Otherwise an {@code Allocation} takes a run of clusters (their refcounts go up in memory),
 *       writes the data, and around it what was there before: nothing where the file never had
 *       these clusters, else zeroes or a copy. When all of that completed the L2 entries change in
 *       memory and the write is acknowledged. An overlapping change waits for it.
 * </ol>
 *
 * <h2>Durable order</h2>
 *
 * <p>Dirty pages go out in write-back cycles: on flush, on FUA, when a quarter of the cache is
 * dirty, when no frame can be had. A cycle copies all dirty pages at one instant, so that the copy
 * is consistent while memory goes on changing, and writes
 *
 * <pre>
 *   refcount blocks -> flush (the data's as well) -> refcount table -> flush -> L2, L1 -> flush
 * </pre>
 *
 * <p>leaving out what isn't dirty; all flushes that came before it began share it. The first flush
 * is submitted after the copy was taken, and every entry in the copy had its data completed before:
 * so an entry is never durable before its data, its refcount, or the content of its table. A power
 * cut therefore leaks clusters at most. L1 needs no flush of its own after L2, since a new table's
 * first content was durable with the first flush.
 *
 * <p>References that go away are the mirror of this: the refcount goes down, and the cluster can be
 * taken, only after the cycle that made the tables without the reference durable, and after every
 * request has ended that began before it ({@code Epochs}). A discard therefore frees at the next
 * flush. What the file below might do with the freed bytes (a hole) is not asked of it.
 *
 * <p>When a cycle fails, its pages are dirty again, its waiters get the error, and the next cycle
 * writes them anew: what did become durable is a prefix of the order above.
 *
 * <h2>Waiting without deadlock</h2>
 *
 * <p>Child slots: a child request waits for nothing but the device. Frames: allocations in flight
 * pin one page each and there are four frames for each of them; dirty frames come back by a cycle,
 * which needs none. Buffers: taken after clusters, given back without waiting for any. Relief (too
 * much dirty, too many frees pending): a request waits for it without an epoch, since it may be its
 * own epoch's end that is waited for.
 *
 * <h2>As QEMU does</h2>
 *
 * <p>The limits of tables, what discard and write zeroes leave in an entry, rounding the size down
 * to sectors, repairing refcounts on open when the dirty bit is set, refusing to write with the
 * corrupt bit, and setting it when a table points where it must not. Lazy refcounts aren't used:
 * ours are written in order, so the dirty bit is never set.
 */
package org.culebra.image.qcow2;
