/**
 * One owner per open image: the machinery that lets several threads use one image while its tables
 * are changed by one thread at a time. Knows no format.
 *
 * <p>A format's machine is an {@link org.culebra.image.owner.OwnerCore}: single-threaded, written
 * as {@link org.culebra.image.owner.Task}s that wait in lists and are woken. It reaches the devices
 * below through {@link org.culebra.image.owner.ChildQueue}s. Each queue of the image has a ring to
 * the owner and one back.
 *
 * <p><b>Who is the owner.</b> Not one queue's thread for as long as the queue is open: that thread
 * may sleep, be busy elsewhere, or stop polling a queue that it has not closed, and everybody else
 * would wait for it. Being the {@link org.culebra.image.owner.Owner} is a baton that a queue's
 * thread takes for one cycle if it is free. With one queue that costs an uncontended
 * compare-and-set per cycle; with several, whoever is awake works for all, and what it finishes for
 * others goes to their rings and rings their doorbell if they sleep. A queue that closes hands
 * nothing over, since nothing was tied to it.
 *
 * <p><b>Memory order.</b> All state of the core is handed from holder to holder by the baton
 * (compare-and-set to take, volatile store to put down). Requests cross in the rings. A queue goes
 * to sleep while it holds the baton, so a later holder sees that it sleeps, and an earlier one's
 * completions are in its ring when it looks a last time.
 *
 * <p><b>Sleeping.</b> The queues below are attached to an epoll of the owner's rather than to a
 * thread; its descriptor is itself waitable and is named to each sleeper. A holder that puts the
 * baton down while others sleep with requests in flight arms the queues below for them, or rings.
 */
package org.culebra.image.owner;
