package org.culebra.backend;

/**
 * A disk as {@code list} shows it.
 *
 * @param name the disk's name
 * @param socket the path it listens on, or {@code fd=N}
 * @param device the stack of devices behind it
 * @param capacityBytes what the guest sees
 * @param readOnly whether writes are refused
 * @param active whether the image is open for I/O by this process
 * @param connected whether a front-end is attached
 * @param vringsStarted how many rings are being served
 * @param requests the requests completed since the start
 * @param failures those among them that the device below failed
 * @param guestErrors those that the driver asked wrongly for, and rings that it broke
 * @param notifications used buffer notifications sent
 */
public record DiskStatus(
    String name,
    String socket,
    String device,
    long capacityBytes,
    boolean readOnly,
    boolean active,
    boolean connected,
    int vringsStarted,
    long requests,
    long failures,
    long guestErrors,
    long notifications) {}
