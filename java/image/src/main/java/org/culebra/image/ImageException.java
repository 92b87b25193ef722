package org.culebra.image;

import java.io.IOException;

/** An image that can't be opened, created or changed: one line, the value first, then the rule. */
public final class ImageException extends IOException {
  private static final long serialVersionUID = 1;

  /** Makes one with its line. */
  public ImageException(String line) {
    super(line);
  }
}
