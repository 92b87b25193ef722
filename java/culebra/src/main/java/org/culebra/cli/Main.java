package org.culebra.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import org.culebra.cli.serve.ServeCommand;
import picocli.CommandLine;

/** The entry to all commands. */
public final class Main {
  /** The version of this program; the same as the build's. */
  public static final String VERSION = "0.1.0";

  private Main() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(run(args, System.out, System.err));
  }

  /**
   * Runs a command in this process.
   *
   * @return 0 done, 1 failed, 2 wrongly called; image check and compare have codes of their own
   */
  public static int run(String[] args, PrintStream out, PrintStream err) {
    PrintWriter outWriter = new PrintWriter(out, true);
    PrintWriter errWriter = new PrintWriter(err, true);
    if (ServeCommand.asksForCapabilities(args)) {
      outWriter.println(ServeCommand.CAPABILITIES);
      return CommandLine.ExitCode.OK;
    }
    int code = commandLine(outWriter, errWriter).execute(args);
    outWriter.flush();
    errWriter.flush();
    return code;
  }

  /** Returns the parser of all commands. */
  static CommandLine commandLine(PrintWriter out, PrintWriter err) {
    CommandLine commandLine = new CommandLine(new CulebraCommand());
    commandLine.setOut(out).setErr(err);
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setOverwrittenOptionsAllowed(false);
    commandLine.setUsageHelpAutoWidth(true);
    commandLine.setParameterExceptionHandler(ErrorLines::onParameterException);
    commandLine.setExecutionExceptionHandler(ErrorLines::onExecutionException);
    return commandLine;
  }
}
