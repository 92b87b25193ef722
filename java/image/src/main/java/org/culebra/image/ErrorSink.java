package org.culebra.image;

/** Takes one line per distinct fault of an image; called by the thread that found it. */
@FunctionalInterface
public interface ErrorSink {
  /** Drops every line. */
  ErrorSink NONE = line -> {};

  /** Takes one line, without its end. */
  void report(String line);
}
