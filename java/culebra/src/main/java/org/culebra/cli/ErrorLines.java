package org.culebra.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Makes one line of whatever went wrong, values first, then the rule. */
final class ErrorLines {
  private static final String DEBUG_VARIABLE = "CULEBRA_DEBUG";

  private static final Set<Class<?>> NUMBERS =
      Set.of(int.class, Integer.class, long.class, Long.class);

  private ErrorLines() {}

  /** Reports a wrong call; returns 2. */
  static int onParameterException(ParameterException exception, String[] args) {
    CommandLine commandLine = exception.getCommandLine();
    print(commandLine.getErr(), usageText(exception), exception, isDebug(commandLine));
    return CommandLine.ExitCode.USAGE;
  }

  /** Reports a failure; returns 1, or what the command has for it. */
  static int onExecutionException(
      Exception exception, CommandLine commandLine, ParseResult parsed) {
    print(commandLine.getErr(), failureText(exception), exception, isDebug(commandLine));
    return commandLine.getCommandSpec().exitCodeOnExecutionException();
  }

  /** Reports that something of ours is wrong; returns 1. */
  static int onError(Error error, CommandLine commandLine) {
    print(commandLine.getErr(), internalText(error), error, isDebug(commandLine));
    return CommandLine.ExitCode.SOFTWARE;
  }

  private static String internalText(Throwable ours) {
    return "internal error: " + ours + " (--debug shows where)";
  }

  private static boolean isDebug(CommandLine commandLine) {
    CommandLine root = commandLine;
    while (root.getParent() != null) {
      root = root.getParent();
    }
    String variable = System.getenv(DEBUG_VARIABLE);
    return ((CulebraCommand) root.getCommand()).debug
        || (variable != null && !variable.isEmpty() && !variable.equals("0"));
  }

  private static void print(PrintWriter err, String text, Throwable thrown, boolean debug) {
    err.println("culebra: " + text.lines().map(String::strip).collect(Collectors.joining(" ")));
    if (debug) {
      thrown.printStackTrace(err);
    }
    err.flush();
  }

  private static String usageText(ParameterException exception) {
    String command = exception.getCommandLine().getCommandSpec().qualifiedName();
    if (exception instanceof UnmatchedArgumentException unmatched) {
      String first = unmatched.getUnmatched().getFirst();
      boolean isCommand = !unmatched.getCommandLine().getSubcommands().isEmpty();
      String kind =
          first.startsWith("-")
              ? "no such option"
              : isCommand ? "no such command" : "not expected here";
      return first + ": " + kind + " (see " + command + " --help)";
    }
    if (exception instanceof MissingParameterException missing) {
      String names =
          missing.getMissing().stream().map(ErrorLines::name).collect(Collectors.joining(", "));
      boolean value = missing.getMessage().startsWith("Missing required parameter for option");
      return names + (value ? ": a value is needed" : ": needed") + " (see " + command + " --help)";
    }
    ArgSpec argument = exception.getArgSpec();
    String value = exception.getValue();
    if (exception instanceof OverwrittenOptionException twice) {
      return name(twice.getOverwritten()) + ": given twice";
    }
    if (argument != null && value != null) {
      return name(argument) + " " + rule(exception.getMessage(), argument, value);
    }
    return lowerFirst(exception.getMessage());
  }

  /** Takes the rule out of the message about a value that could not be converted. */
  private static String rule(String message, ArgSpec argument, String value) {
    Class<?> type = argument.type();
    boolean plain = argument.converters().length == 0;
    if (plain && NUMBERS.contains(type)) {
      return value + ": a whole number is needed";
    }
    if (type.isEnum()) {
      return value
          + ": one of "
          + Arrays.stream(type.getEnumConstants())
              .map(constant -> constant.toString().toLowerCase(Locale.ROOT))
              .collect(Collectors.joining(", "));
    }
    int at = message.indexOf(": ");
    return at < 0 ? value + ": not understood" : message.substring(at + 2);
  }

  private static String name(ArgSpec argument) {
    return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
  }

  private static String failureText(Exception exception) {
    String message = exception.getMessage();
    return switch (exception) {
      case NoSuchFileException missing -> message + ": no such file or directory";
      case AccessDeniedException denied -> message + ": permission denied";
      case FileAlreadyExistsException exists -> message + ": exists already";
      case FileSystemException file -> message;
      case IOException io when message != null -> message;
      case InterruptedException interrupted -> "interrupted";
      default -> internalText(exception);
    };
  }

  private static String lowerFirst(String text) {
    return text.isEmpty() ? text : Character.toLowerCase(text.charAt(0)) + text.substring(1);
  }
}
