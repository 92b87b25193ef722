package org.culebra.linux;

/**
 * What O_DIRECT asks of a file's readers and writers.
 *
 * @param memoryBytes of what addresses are multiples; 0 when the file takes no O_DIRECT
 * @param offsetBytes of what offsets and lengths are multiples; 0 when the file takes no O_DIRECT
 */
public record DirectIoAlignment(int memoryBytes, int offsetBytes) {
  /** Says whether the file takes O_DIRECT at all. */
  public boolean isSupported() {
    return offsetBytes != 0;
  }
}
