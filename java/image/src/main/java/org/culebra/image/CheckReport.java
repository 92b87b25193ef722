package org.culebra.image;

/**
 * What a check of an image found.
 *
 * @param corruptions contradictions that endanger data
 * @param leaks clusters that are counted as used and are not
 * @param checkErrors what could not be checked
 * @param imageEndOffset the end of the last cluster in use
 * @param totalClusters clusters of the virtual disk
 * @param allocatedClusters those of them that have a host cluster
 * @param fragmentedClusters those that don't follow the one before them
 * @param compressedClusters those that are compressed
 */
public record CheckReport(
    long corruptions,
    long leaks,
    long checkErrors,
    long imageEndOffset,
    long totalClusters,
    long allocatedClusters,
    long fragmentedClusters,
    long compressedClusters) {
  /** Returns whether nothing is wrong. */
  public boolean isClean() {
    return corruptions == 0 && leaks == 0 && checkErrors == 0;
  }
}
