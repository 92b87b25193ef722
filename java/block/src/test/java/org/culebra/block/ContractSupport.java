package org.culebra.block;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;

/**
 * What the chapters of the contract test share: the devices of a test, which are closed after it,
 * and what a subclass tells about its device.
 */
@Timeout(60)
abstract class ContractSupport {
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private SplittableRandom random;

  /**
   * Makes an inactive device that nobody has written to: it reads as zeroes. A test calls it once.
   */
  protected abstract BlockDevice create(DeviceParameters parameters) throws Exception;

  /**
   * Makes another device of what the last one that was created and closed has left; null, the
   * default, when that leaves nothing.
   */
  protected BlockDevice reopen(DeviceParameters parameters) throws Exception {
    return null;
  }

  /** Returns whether reads give what was written. */
  protected boolean storesData() {
    return true;
  }

  /** Returns whether it can be made read-only. */
  protected boolean canBeReadOnly() {
    return true;
  }

  /** Returns whether it can be made growable. */
  protected boolean canGrow() {
    return false;
  }

  @BeforeEach
  void seedTheTest(TestInfo test) {
    random = Seeds.random(test.getDisplayName());
  }

  @AfterEach
  void closeWhatWasOpened() throws Exception {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
  }

  /** Returns the test's randomness. */
  protected final SplittableRandom random() {
    return random;
  }

  /** Closes something after the test, before what was opened earlier. */
  protected final <T extends AutoCloseable> T closeLater(T resource) {
    opened.push(resource);
    return resource;
  }

  final BlockDevice device() throws Exception {
    return device(DeviceParameters.DEFAULT);
  }

  final BlockDevice device(DeviceParameters parameters) throws Exception {
    BlockDevice device = closeLater(create(parameters));
    device.activate();
    return device;
  }

  final QueueDriver queue(BlockDevice device, int depth) throws IOException {
    return closeLater(new QueueDriver(device, depth));
  }

  final void needsData() {
    assumeTrue(storesData(), "this device stores nothing");
  }

  /** Returns the unit of offsets: a sector, or the alignment where that is larger. */
  static int unit(BlockDevice device) {
    return Math.max(512, device.limits().alignmentBytes());
  }

  final byte[] bytes(int lengthBytes) {
    return Patterns.bytes(random, lengthBytes);
  }
}
