# shellcheck shell=bash
# Sourced by ci/test: runs the parts one after the other, counts, and says what failed.

total_run=0
total_failed=0

# tally PART RUN FAILED: one line for the part.
tally() {
  total_run=$((total_run + $2))
  total_failed=$((total_failed + $3))
  printf '%s: %d passed, %d failed\n' "$1" $(($2 - $3)) "$3"
}

# check NAME SECONDS COMMAND...: one test; its output goes to results/NAME.log, the end of that to
# the screen when it fails. False when it failed.
check() {
  local name=$1 limit=$2 log=$results/$1.log began=$SECONDS status=0
  shift 2
  mkdir -p "$(dirname "$log")"
  # Its own process group, so that the limit ends what the command has started, too.
  timeout -k 20 "$limit" "$@" >"$log" 2>&1 </dev/null || status=$?
  case $status in
    0) printf 'ok    %-28s %4d s\n' "$name" $((SECONDS - began)) ;;
    *)
      printf 'FAIL  %-28s %4d s  status %d%s, %s\n' "$name" $((SECONDS - began)) "$status" \
        "$([ "$status" != 124 ] || echo " (over the limit of $limit s)")" "$log"
      tail -n 40 "$log" | sed 's/^/      | /'
      ;;
  esac
  return "$status"
}

# One tag a line, whatever the layout.
tags() { tr '\t\n>' '  \n'; }

# junit_counts FILE...: prints "RUN FAILED SKIPPED" of the test suites in these reports.
junit_counts() {
  cat /dev/null "$@" | tags | awk '
    function value(name) {
      return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3) + 0 : 0
    }
    /<testsuite / {
      run += value("tests")
      failed += value("failures") + value("errors")
      skipped += value("skipped")
    }
    END { print run + 0, failed + 0, skipped + 0 }'
}

# junit_failures FILE...: the names of the tests that failed.
junit_failures() {
  cat /dev/null "$@" | tags | awk '
    function value(name) {
      match($0, " " name "=\"[^\"]*\"")
      return substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4)
    }
    /<testcase / { test = value("classname") "." value("name") }
    /<(failure|error)[ \/]/ || /<(failure|error)$/ { if (test) print "      | " test; test = "" }'
}
