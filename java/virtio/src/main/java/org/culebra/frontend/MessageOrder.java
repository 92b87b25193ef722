package org.culebra.frontend;

/** Whose habits a front-end follows; back-ends must serve both. */
public enum MessageOrder {
  /**
   * QEMU 7.2 and later: protocol features first and features when the device starts; the call
   * eventfds twice, first a placeholder; NEED_REPLY where QEMU sets it; rings are enabled last, and
   * stopped before the connection ends.
   */
  QEMU,
  /**
   * libblkio: features before protocol features; NEED_REPLY on every message that follows; memory
   * by ADD_MEM_REG only, in regions whose size is no multiple of a page; KICK before CALL; the file
   * descriptor comes with REM_MEM_REG too; the connection ends without a word.
   */
  LIBBLKIO
}
