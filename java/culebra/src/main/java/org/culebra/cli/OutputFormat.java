package org.culebra.cli;

/** How a command shows its result. */
public enum OutputFormat {
  /** Tables and sentences. */
  HUMAN,
  /** One JSON value, indented. */
  JSON
}
