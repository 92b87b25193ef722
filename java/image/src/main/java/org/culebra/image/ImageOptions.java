package org.culebra.image;

/**
 * How an image is opened.
 *
 * @param readOnly refuses to change it
 * @param cacheBytes the memory for pages of its tables; rounded up to what the format needs
 * @param backing opens the backing file that it names
 * @param errors takes a line for each fault found in it
 */
public record ImageOptions(
    boolean readOnly, long cacheBytes, BackingResolver backing, ErrorSink errors) {
  /** Read-write, 2 MiB of table pages, no backing file allowed, faults are not reported. */
  public static final ImageOptions DEFAULT =
      new ImageOptions(false, 2 << 20, BackingResolver.DENY, ErrorSink.NONE);

  /** Returns these with another value. */
  public ImageOptions withReadOnly(boolean readOnly) {
    return new ImageOptions(readOnly, cacheBytes, backing, errors);
  }

  /** Returns these with another value. */
  public ImageOptions withCacheBytes(long cacheBytes) {
    return new ImageOptions(readOnly, cacheBytes, backing, errors);
  }

  /** Returns these with another value. */
  public ImageOptions withBacking(BackingResolver backing) {
    return new ImageOptions(readOnly, cacheBytes, backing, errors);
  }

  /** Returns these with another value. */
  public ImageOptions withErrors(ErrorSink errors) {
    return new ImageOptions(readOnly, cacheBytes, backing, errors);
  }
}
