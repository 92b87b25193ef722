package org.culebra;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** The rules of CONTRIBUTING.md that a machine can hold. */
class TidyTest {
  private static final Path ROOT = Path.of(System.getProperty("culebra.root"));
  private static final int LINES_MAX = 500;
  private static final int COLUMNS_MAX = 100;
  private static final int METHOD_LINES_MAX = 60;
  private static final int PARAMETERS_MAX = 6;

  private static final Pattern BANNED_NAME =
      Pattern.compile("(Manager|Helper|Utils?|Common|Impl)\\.java$");
  private static final Pattern LEFT_OPEN = Pattern.compile("\\b(TODO|FIXME|XXX)\\b|@Disabled");
  private static final Pattern RESTRICTED =
      Pattern.compile("\\.reinterpret\\(|\\bLinker\\b|System\\.load(Library)?\\(|sun\\.misc");

  /** Which packages a package must not know, however the modules are built. */
  private static final Map<String, String> MUST_NOT_IMPORT =
      Map.of(
          "java/virtio", "org\\.culebra\\.(block|image|storage|backend|cli)",
          "java/block", "org\\.culebra\\.(virtio|guest|vhostuser|image|storage|backend|cli)",
          "java/image", "org\\.culebra\\.(virtio|guest|vhostuser|storage|backend|cli)",
          "java/storage", "org\\.culebra\\.(virtio|guest|vhostuser|image|backend|cli)",
          "java/backend", "org\\.culebra\\.(cli|frontend)");

  @Test
  void shouldKeepFilesAndLinesShort() throws IOException {
    List<String> faults = new ArrayList<>();
    for (Path file : sources("java", "c", "h", "sh")) {
      List<String> lines = Files.readAllLines(file);
      if (lines.size() > LINES_MAX) {
        faults.add(file + ": " + lines.size() + " lines: at most " + LINES_MAX);
      }
      for (int i = 0; i < lines.size(); i++) {
        int columns = lines.get(i).codePointCount(0, lines.get(i).length());
        // The formatter leaves a long literal long: what a test expects to the letter, a message.
        if (columns > COLUMNS_MAX && !lines.get(i).contains("\"") && !isShell(file)) {
          faults.add(file + ":" + (i + 1) + ": " + columns + " columns: at most " + COLUMNS_MAX);
        }
      }
    }
    assertEquals(List.of(), faults);
  }

  private static boolean isShell(Path file) {
    return file.toString().endsWith(".sh");
  }

  @Test
  void shouldLeaveNothingOpenOrSwitchedOff() throws IOException {
    assertEquals(List.of(), matches(LEFT_OPEN, sources("java", "c", "h", "sh", "md")));
  }

  @Test
  void shouldNameClassesForWhatTheyAre() throws IOException {
    List<Path> banned =
        sources("java").stream()
            .filter(file -> BANNED_NAME.matcher(file.toString()).find())
            .toList();
    assertEquals(List.of(), banned);
  }

  @Test
  void shouldCallNativeCodeFromLinuxAlone() throws IOException {
    List<Path> others =
        sources("java").stream()
            .filter(file -> !ROOT.relativize(file).startsWith("java/linux"))
            .toList();
    assertEquals(List.of(), matches(RESTRICTED, others));
  }

  @Test
  void shouldKeepTheDirectionOfDependencies() throws IOException {
    List<String> faults = new ArrayList<>();
    for (Map.Entry<String, String> rule : MUST_NOT_IMPORT.entrySet()) {
      Pattern imported = Pattern.compile("^import (static )?" + rule.getValue() + "\\.");
      List<Path> main =
          sources("java").stream()
              .filter(file -> ROOT.relativize(file).startsWith(rule.getKey() + "/src/main"))
              .toList();
      faults.addAll(matches(imported, main));
    }
    assertEquals(List.of(), faults);
  }

  /** A row of the README's table: id, feature, then the tests in backquotes. */
  private static final Pattern SUPPORT_ROW =
      Pattern.compile("^\\| ([ABC]\\d+) \\| [^|]+ \\| ([^|]+) \\|$");

  private static final Pattern BACKQUOTED = Pattern.compile("`([^`]+)`");

  /** What this release claims of the mission's features. */
  private static final List<String> CLAIMED =
      List.of(
          "C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "A1", "A2", "A3", "A6", "A7", "A10",
          "A11");

  @Test
  void shouldNameATestThatExistsForEachClaimOfTheReadme() throws IOException {
    List<String> names =
        Stream.concat(
                sources("java").stream()
                    .filter(file -> file.toString().contains("/src/test/"))
                    .map(file -> file.getFileName().toString().replace(".java", "")),
                Stream.of("ci/interop", "perf").flatMap(TidyTest::scripts))
            .toList();
    List<String> claimed = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    for (String line : Files.readAllLines(ROOT.resolve("README.md"))) {
      Matcher row = SUPPORT_ROW.matcher(line);
      if (row.matches()) {
        claimed.add(row.group(1));
        BACKQUOTED
            .matcher(row.group(2))
            .results()
            .map(result -> result.group(1))
            .filter(test -> !names.contains(test))
            .forEach(test -> unknown.add(row.group(1) + ": " + test));
      }
    }
    assertEquals(CLAIMED, claimed);
    assertEquals(List.of(), unknown);
  }

  private static Stream<String> scripts(String folder) {
    try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
      return files.map(file -> folder + "/" + file.getFileName()).toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void shouldKeepMethodsShort() throws IOException {
    List<String> faults = new ArrayList<>();
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null,
                  files,
                  null,
                  null,
                  null,
                  files.getJavaFileObjectsFromPaths(sources("java")));
      SourcePositions positions = Trees.instance(task).getSourcePositions();
      for (CompilationUnitTree unit : task.parse()) {
        new MethodScanner(unit, positions, faults).scan(unit, null);
      }
    }
    assertEquals(List.of(), faults);
  }

  private static final class MethodScanner extends TreePathScanner<Void, Void> {
    private final CompilationUnitTree unit;
    private final SourcePositions positions;
    private final List<String> faults;

    MethodScanner(CompilationUnitTree unit, SourcePositions positions, List<String> faults) {
      this.unit = unit;
      this.positions = positions;
      this.faults = faults;
    }

    @Override
    public Void visitMethod(MethodTree method, Void unused) {
      if (method.getBody() != null) {
        LineMap lines = unit.getLineMap();
        long first = lines.getLineNumber(positions.getStartPosition(unit, method.getBody()));
        long last = lines.getLineNumber(positions.getEndPosition(unit, method.getBody()));
        String name = unit.getSourceFile().getName() + ": " + method.getName();
        if (last - first > METHOD_LINES_MAX) {
          faults.add(name + ": " + (last - first) + " lines: at most " + METHOD_LINES_MAX);
        }
        // A constructor of private parts may take as many as it has fields.
        int parameters = method.getParameters().size();
        if (method.getReturnType() != null && parameters > PARAMETERS_MAX) {
          faults.add(name + ": " + parameters + " parameters: at most " + PARAMETERS_MAX);
        }
      }
      return super.visitMethod(method, unused);
    }
  }

  private static List<String> matches(Pattern pattern, List<Path> files) throws IOException {
    List<String> found = new ArrayList<>();
    for (Path file : files) {
      if (file.endsWith("TidyTest.java")) {
        continue;
      }
      List<String> lines = Files.readAllLines(file);
      for (int i = 0; i < lines.size(); i++) {
        if (pattern.matcher(lines.get(i)).find()) {
          found.add(ROOT.relativize(file) + ":" + (i + 1) + ": " + lines.get(i).strip());
        }
      }
    }
    return found;
  }

  private static List<Path> sources(String... endings) throws IOException {
    Pattern wanted = Pattern.compile(".*\\.(" + String.join("|", endings) + ")$");
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(
              file -> !ROOT.relativize(file).toString().matches("(.*/)?(target|build|\\.git)/.*"))
          .filter(file -> wanted.matcher(file.getFileName().toString()).matches())
          .sorted()
          .toList();
    }
  }
}
