package org.culebra.frontend;

import java.io.IOException;

/** A back-end that closed, kept silent, or answered what it must not; the text says which. */
public final class FrontEndException extends IOException {
  private static final long serialVersionUID = 1;

  /** Makes one. */
  public FrontEndException(String text) {
    super(text);
  }
}
