package org.culebra.frontend;

/** Learns of requests that have completed. */
@FunctionalInterface
public interface CompletionHandler {
  /**
   * A request has completed.
   *
   * @param tag what the request was submitted with
   * @param status its status byte, 0 to 255: a {@code BlkStatus}, or {@code
   *     BlkDriver.STATUS_PENDING} if the device wrote none
   * @param latencyNs from its submission to now, by the caller's clock
   */
  void onComplete(long tag, int status, long latencyNs);
}
