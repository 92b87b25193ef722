package org.culebra.backend;

import org.HdrHistogram.Histogram;

/**
 * The latency of one operation of one disk since its start: from the fetch of a head to the used
 * ring, in nanoseconds.
 *
 * @param disk the disk's name
 * @param queue the vring's index, or -1 for all of the disk's
 * @param operation {@code read}, {@code write}, {@code flush}, {@code discard}, {@code
 *     write-zeroes} or {@code get-id}
 * @param histogram a copy, the caller's own
 */
public record OperationLatency(String disk, int queue, String operation, Histogram histogram) {}
