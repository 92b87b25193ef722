package org.culebra.image.owner;

import java.io.IOException;
import org.culebra.block.Waiter;

/**
 * What an image's owner runs: the format's own machine. Every method but {@link #newRequest} is
 * called by one thread at a time, the one that is the owner at that moment.
 */
public interface OwnerCore {
  /** Makes a request of the format, when a queue is opened. */
  OwnedRequest newRequest();

  /**
   * Opens the queues below if they are not open.
   *
   * @param waiter watches their descriptors
   * @param depth how many requests the opened queue may have in flight
   */
  void openChildren(Waiter waiter, int depth) throws IOException;

  /** Starts a request. */
  void accept(OwnedRequest request);

  /**
   * Takes completions from below and runs all that became ready.
   *
   * @return how much was done, 0 for nothing
   */
  int poll();

  /** Sends what was submitted below. */
  void dispatch();

  /** Makes ready to sleep; false when there is something to do right now. */
  boolean prepareWait();

  /** Ends everything below that is in flight: all queues were cancelled. */
  void cancelChildren();
}
