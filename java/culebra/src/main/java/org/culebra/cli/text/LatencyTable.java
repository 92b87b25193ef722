package org.culebra.cli.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The latency profile that a person reads: a row for each disk and operation, in microseconds. */
public final class LatencyTable {
  private LatencyTable() {}

  /** Returns the table as a text that ends with a line end; one line when there is nothing. */
  public static String text(List<LatencySummary> rows) {
    return rows.isEmpty() ? "no requests yet\n" : of(rows).toString();
  }

  /** Returns the table; columns for disk and queue are there when a row says something of them. */
  public static TextTable of(List<LatencySummary> rows) {
    boolean disks = rows.stream().anyMatch(row -> !row.disk().isEmpty());
    boolean queues = rows.stream().anyMatch(row -> row.queue() >= 0);
    List<String> header = new ArrayList<>();
    if (disks) {
      header.add("disk");
    }
    if (queues) {
      header.add("queue");
    }
    header.add("operation");
    int leftColumns = header.size();
    header.addAll(List.of("count", "us: min", "mean"));
    header.addAll(List.of(LatencySummary.labels()));
    header.add("max");
    TextTable table = new TextTable(leftColumns, header.toArray(String[]::new));
    for (LatencySummary row : rows) {
      table.add(cells(row, disks, queues));
    }
    return table;
  }

  private static String[] cells(LatencySummary row, boolean disks, boolean queues) {
    List<String> cells = new ArrayList<>();
    if (disks) {
      cells.add(row.disk());
    }
    if (queues) {
      cells.add(row.queue() < 0 ? "all" : Integer.toString(row.queue()));
    }
    cells.add(row.operation());
    cells.add(Long.toString(row.count()));
    cells.add(microseconds(row.minNs()));
    cells.add(microseconds(row.meanNs()));
    for (long valueNs : row.percentilesNs()) {
      cells.add(microseconds(valueNs));
    }
    cells.add(microseconds(row.maxNs()));
    return cells.toArray(String[]::new);
  }

  private static String microseconds(double ns) {
    return String.format(Locale.ROOT, "%.1f", ns / 1000);
  }
}
