package org.culebra.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What every command has: where it writes to, and how it refuses a wrong call. */
@Command(sortOptions = false)
public abstract class CliCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  /** Made by the parser. */
  protected CliCommand() {}

  /** Returns where results go. */
  protected final PrintWriter out() {
    return spec.commandLine().getOut();
  }

  /** Returns where warnings go. */
  protected final PrintWriter err() {
    return spec.commandLine().getErr();
  }

  /** Returns the exception for a wrong call: exit code 2. */
  protected final ParameterException usage(String text) {
    return new ParameterException(spec.commandLine(), text);
  }

  /** Refuses a number that is out of its range. */
  protected final void requireRange(String option, long value, long min, long max) {
    if (value < min || value > max) {
      throw usage(option + " " + value + ": " + min + " to " + max);
    }
  }
}
