package org.culebra.cli.text;

import java.util.ArrayList;
import java.util.List;

/** Rows under a header with aligned columns: the first ones to the left, numbers to the right. */
public final class TextTable {
  private static final String GAP = "  ";

  private final int leftColumns;
  private final List<String[]> rows = new ArrayList<>();

  /**
   * Makes a table with a header.
   *
   * @param leftColumns how many columns at the beginning are aligned to the left
   */
  public TextTable(int leftColumns, String... header) {
    this.leftColumns = leftColumns;
    rows.add(header);
  }

  /** Appends a row of as many cells as the header has. */
  public void add(String... cells) {
    assert cells.length == rows.getFirst().length;
    rows.add(cells);
  }

  /** Returns the lines, without blanks at their ends. */
  public List<String> lines() {
    int[] widths = new int[rows.getFirst().length];
    for (String[] row : rows) {
      for (int i = 0; i < row.length; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    return rows.stream().map(row -> line(row, widths)).toList();
  }

  /** Returns the lines as one text that ends with a line end. */
  @Override
  public String toString() {
    return String.join("\n", lines()) + "\n";
  }

  private String line(String[] row, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < row.length; i++) {
      String blanks = " ".repeat(widths[i] - row[i].length());
      line.append(i == 0 ? "" : GAP).append(i < leftColumns ? row[i] + blanks : blanks + row[i]);
    }
    return line.toString().stripTrailing();
  }
}
