package org.culebra.cli.text;

import java.util.TreeSet;

/** Lists of CPUs as the kernel writes them: {@code 0,2-3}. */
public final class CpuList {
  /** The largest CPU number accepted; the kernel's own limit is lower. */
  public static final int CPU_MAX = 65535;

  private CpuList() {}

  /**
   * Reads a list.
   *
   * @return the CPUs, ascending, each once
   * @throws IllegalArgumentException with the value and the rule in one line
   */
  public static int[] parse(String text) {
    TreeSet<Integer> cpus = new TreeSet<>();
    for (String part : text.split(",", -1)) {
      String[] ends = part.split("-", 2);
      int first = cpu(text, ends[0]);
      int last = ends.length == 1 ? first : cpu(text, ends[1]);
      if (last < first) {
        throw wrong(text);
      }
      for (int cpu = first; cpu <= last; cpu++) {
        cpus.add(cpu);
      }
    }
    return cpus.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Shows ascending CPUs, neighbours as a range: {@code 0,2-3}. */
  public static String format(int[] cpus) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < cpus.length; i++) {
      int first = i;
      while (i + 1 < cpus.length && cpus[i + 1] == cpus[i] + 1) {
        i++;
      }
      text.append(text.isEmpty() ? "" : ",").append(cpus[first]);
      text.append(i == first ? "" : "-" + cpus[i]);
    }
    return text.toString();
  }

  private static int cpu(String list, String text) {
    if (!text.matches("\\d{1,5}") || Integer.parseInt(text) > CPU_MAX) {
      throw wrong(list);
    }
    return Integer.parseInt(text);
  }

  private static IllegalArgumentException wrong(String text) {
    return new IllegalArgumentException(text + ": a list of CPUs is written like 0,2-3");
  }
}
