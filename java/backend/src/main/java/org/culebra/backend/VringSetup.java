package org.culebra.backend;

import java.util.function.Consumer;
import org.culebra.guest.GuestMemory;

/**
 * What a vring is started with.
 *
 * @param host time and descriptors
 * @param device the device the driver sees
 * @param features the features the driver accepted
 * @param memory the guest's memory at the start
 * @param kickFd the kick, owned by the connection, or -1
 * @param errFd rung when the queue breaks, owned by the connection, or -1
 * @param latency the recorder of this disk and queue index
 * @param counters the counters of this disk and queue index
 * @param errors gets one line per fault, with the disk and the queue in it
 */
record VringSetup(
    Host host,
    VirtioBlkDevice device,
    long features,
    GuestMemory memory,
    int kickFd,
    int errFd,
    LatencyRecorder latency,
    QueueCounters counters,
    Consumer<String> errors) {}
