package org.culebra.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

class MainTest {
  static List<String> commands() {
    List<String> names = new ArrayList<>();
    collect(Main.commandLine(new PrintWriter(System.out), new PrintWriter(System.err)), "", names);
    return names;
  }

  private static void collect(CommandLine commandLine, String path, List<String> names) {
    commandLine
        .getSubcommands()
        .forEach(
            (name, command) -> {
              names.add(path + name);
              collect(command, path + name + " ", names);
            });
  }

  private static CommandLineRun run(String line) {
    return CommandLineRun.of(line.isEmpty() ? new String[0] : line.split(" "));
  }

  @Test
  void shouldPrintTheVersionOfTheBuild() throws IOException {
    String pom = Files.readString(Path.of(System.getProperty("culebra.root"), "pom.xml"));
    assertTrue(pom.contains("<version>" + Main.VERSION + "</version>"));
    assertEquals(new CommandLineRun(0, "culebra " + Main.VERSION + "\n", ""), run("--version"));
  }

  @Test
  void shouldListEveryCommandInTheHelp() {
    String help = run("--help").out();
    assertTrue(help.lines().allMatch(line -> line.length() <= 80), help);
    Main.commandLine(new PrintWriter(System.out), new PrintWriter(System.err))
        .getSubcommands()
        .keySet()
        .forEach(name -> assertTrue(help.contains("\n  " + name + " "), name));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void shouldHaveHelpForEachCommand(String command) {
    CommandLineRun run = run(command + " --help");
    assertEquals(0, run.code());
    assertTrue(run.out().startsWith("Usage: culebra " + command), run.out());
    assertEquals("", run.err());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|no command given (see culebra --help)",
        "nonsense|nonsense: no such command (see culebra --help)",
        "--nonsense|--nonsense: no such option (see culebra --help)",
        "list|--control: needed (see culebra list --help)",
        "list --control|--control: a value is needed (see culebra list --help)",
        "list --control a b c|c: not expected here (see culebra list --help)",
        "list --control a --control b|--control: given twice",
        "list --control a --output xml|--output xml: one of human, json",
        "serve --nonsense|--nonsense: no such option (see culebra serve --help)",
      })
  void shouldTellAWrongCallInOneLineAndExitWith2(String line, String error) {
    assertEquals(new CommandLineRun(2, "", "culebra: " + error + "\n"), run(line));
  }

  @Test
  void shouldShowWhereAnErrorCameFromOnlyWhenAsked() {
    CommandLineRun plain = run("list --control /nonexistent");
    CommandLineRun debug = run("list --control /nonexistent --debug");
    assertEquals(1, plain.err().lines().count());
    assertTrue(debug.err().startsWith(plain.err()));
    assertTrue(debug.err().contains("\tat org.culebra.cli"), debug.err());
    assertEquals(1, debug.code());
  }
}
