# Medians, ratios and a table of perf/compare's samples: form=text or form=json.
# Input: surroundings.tsv (key, value), then samples.tsv (see measure in measure.sh).
BEGIN { FS = "\t" }

FNR == 1 { file++ }

file == 1 {
  key[++keys] = $1
  text[keys] = $2
  next
}

{
  if (!($1 in seen)) {
    seen[$1] = 1
    row[++rows] = $1
  }
  n = ++count[$1, $2]
  for (field = 4; field <= 8; field++) sample[$1, $2, field, n] = $field
  of_round[$1, $2, $3] = $4
  if ($3 > rounds) rounds = $3
}

END { if (form == "json") json(); else table() }

# The median of a field, or - where the client doesn't tell it.
function median(r, who, field,    n, i, j, v, sorted) {
  n = count[r, who]
  for (i = 1; i <= n; i++) {
    v = sample[r, who, field, i]
    if (v == "-") return "-"
    for (j = i - 1; j >= 1 && sorted[j] > v + 0; j--) sorted[j + 1] = sorted[j]
    sorted[j + 1] = v + 0
  }
  return n % 2 ? sorted[(n + 1) / 2] : (sorted[n / 2] + sorted[n / 2 + 1]) / 2
}

# Sets low and high to the lowest and highest ratio of two runs of one round.
function spread(r,    i, x) {
  low = high = 0
  for (i = 1; i <= rounds; i++) {
    if (of_round[r, "qsd", i] <= 0) continue
    x = of_round[r, "culebra", i] / of_round[r, "qsd", i]
    if (!low || x < low) low = x
    if (x > high) high = x
  }
}

function ratio(r, field,    a, b) {
  a = median(r, "culebra", field)
  b = median(r, "qsd", field)
  return a == "-" || b == "-" || b <= 0 ? "-" : a / b
}

function number(v, pattern, scale) { return v == "-" ? "-" : sprintf(pattern, v / scale) }

function table(    i) {
  print "Culebra beside qemu-storage-daemon: 4 KiB random reads, one queue, medians"
  print ""
  for (i = 1; i <= keys; i++) {
    if (key[i] != "check" && key[i] != "command") printf "%-20s %s\n", key[i], text[i]
  }
  print ""
  printf "%-22s %-8s %10s %9s %9s %11s %8s %7s\n", "client:row", "back-end", "kIOPS", "p50 us",
    "p99 us", "CPU s/M I/O", "waited %", "ratio"
  for (i = 1; i <= rows; i++) table_row(row[i])
  print ""
  for (i = 1; i <= keys; i++) if (key[i] == "check") print text[i]
  print ""
  for (i = 1; i <= keys; i++) if (key[i] == "command") print text[i]
  print ""
  notes()
}

function table_row(r) {
  line(r, "culebra")
  spread(r)
  printf " %s (%.2f-%.2f)\n", number(ratio(r, 4), "%6.2f", 1), low, high
  line("", "qsd", r)
  printf "\n"
}

function line(label, who, r) {
  if (label != "") r = label
  printf "%-22s %-8s %10s %9s %9s %11s %8s", label, who, number(median(r, who, 4), "%.1f", 1000),
    number(median(r, who, 5), "%.2f", 1000), number(median(r, who, 6), "%.1f", 1000),
    number(median(r, who, 7), "%.2f", 1), number(median(r, who, 8), "%.1f", 1)
}

function notes() {
  print "ratio: IOPS of Culebra to those of qsd, in brackets the lowest and highest of a round."
  print "waited: how long the back-end's threads were ready and something else had their"
  print "processor; the client was disturbed as much. Above a few percent, IOPS and p99 tell of"
  print "the machine, and only p50 of the back-ends."
  print "Not shown: a guest's own costs, several queues and disks, writes, other block sizes, long"
  print "runs and their tails, and a peer that polls (SPDK)."
}

function json(    i) {
  print "{"
  for (i = 1; i <= keys; i++) {
    if (key[i] != "check" && key[i] != "command") printf "  %s: %s,\n", str(key[i]), str(text[i])
  }
  list("checks", "check")
  list("commands", "command")
  print "  \"rows\": ["
  for (i = 1; i <= rows; i++) json_row(row[i], i < rows ? "," : "")
  print "  ]"
  print "}"
}

function list(name, wanted,    i, separator) {
  printf "  \"%s\": [", name
  for (i = 1; i <= keys; i++) {
    if (key[i] != wanted) continue
    printf "%s\n    %s", separator, str(text[i])
    separator = ","
  }
  print "\n  ],"
}

function json_row(r, separator,    client) {
  client = r
  sub(/:.*/, "", client)
  spread(r)
  printf "    {\"client\": %s, \"row\": %s, \"ratio\": %s, \"ratioLow\": %.4f,", str(client),
    str(substr(r, length(client) + 2)), json_number(ratio(r, 4)), low
  printf " \"ratioHigh\": %.4f,\n", high
  json_side(r, "culebra", ",\n")
  json_side(r, "qsd", "}" separator "\n")
}

function json_side(r, who, end) {
  printf "     \"%s\": {", who
  values("iops", r, who, 4, ", ")
  values("p50Ns", r, who, 5, ", ")
  values("p99Ns", r, who, 6, ",\n       ")
  values("cpuSecondsPerMillion", r, who, 7, ", ")
  values("waitedPercent", r, who, 8, "}" end)
}

# The median and what it is of.
function values(name, r, who, field, end,    i) {
  printf "\"%s\": {\"median\": %s, \"samples\": [", name, json_number(median(r, who, field))
  for (i = 1; i <= count[r, who]; i++) {
    printf "%s%s", (i > 1 ? ", " : ""), json_number(sample[r, who, field, i])
  }
  printf "]}%s", end
}

function json_number(v) { return v == "-" ? "null" : sprintf("%.10g", v) }

function str(s) {
  gsub(/\\/, "\\\\", s)
  gsub(/"/, "\\\"", s)
  return "\"" s "\""
}
