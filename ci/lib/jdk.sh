# shellcheck shell=bash
# Sourced: finds a JDK that can build and run Culebra.

jdk_release_min=25

# Prints the feature release of the JDK at $1, as its own java says it; nothing when it is no JDK
# or does not run on this machine.
jdk_release() {
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] || return 0
  "$1/bin/java" -Xshare:auto -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1
}

# Sets jdk to the first good one of JAVA_HOME, the PATH's java and /usr/lib/jvm; false if none.
find_jdk() {
  local candidate on_path=
  if on_path=$(type -P java); then on_path=$(dirname "$(dirname "$(readlink -f "$on_path")")"); fi
  for candidate in "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/*; do
    [ -n "$candidate" ] || continue
    if is_good_jdk "$candidate"; then
      jdk=$candidate
      return 0
    fi
  done
  return 1
}

is_good_jdk() {
  local release
  release=$(jdk_release "$1")
  [ -n "$release" ] && [ "$release" -ge "$jdk_release_min" ]
}

jdk_missing_message() {
  cat <<END
no JDK $jdk_release_min or newer in JAVA_HOME (${JAVA_HOME:-not set}), on the PATH, or in /usr/lib/jvm.
  Install one, then run this again:
  - where the distribution has it:  sudo apt-get install openjdk-$jdk_release_min-jdk-headless
  - anywhere else: unpack a JDK $jdk_release_min archive for Linux $(uname -m) (Eclipse Temurin, for example)
    below /usr/lib/jvm, or in another place and  export JAVA_HOME=THAT_PLACE
END
}
