package org.culebra.cli.control;

/** A request that is answered by an error. */
public final class ControlException extends Exception {
  private static final long serialVersionUID = 1;

  /** The line is no JSON object of the fields that a request has. */
  public static final String INVALID_REQUEST = "InvalidRequest";

  /** There is no such command. */
  public static final String COMMAND_NOT_FOUND = "CommandNotFound";

  /** The command's arguments are wrong. */
  public static final String INVALID_ARGUMENTS = "InvalidArguments";

  /** The command was understood and could not be done. */
  public static final String FAILED = "Failed";

  /** The error's class. */
  private final String errorClass;

  /**
   * Makes an error.
   *
   * @param errorClass one of the constants here
   * @param desc one line, values first, then the rule
   */
  public ControlException(String errorClass, String desc) {
    super(desc);
    this.errorClass = errorClass;
  }

  /** Returns the error's class, for programs. */
  public String errorClass() {
    return errorClass;
  }
}
