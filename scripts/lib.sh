# shellcheck shell=bash
# What the scripts share: where the repository is, saying what happens, running commands, building.
# To be sourced; says everything on stderr, for stdout belongs to the program that is run in the end.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
step_number=0
step_count=0 # set by a script that announces its steps

say() { printf '%s\n' "$*" >&2; }

die() {
  say "error: $*"
  exit 1
}

# "0:42"
elapsed() { printf '%d:%02d' $((SECONDS / 60)) $((SECONDS % 60)); }

# step TEXT: how far we are.
step() {
  step_number=$((step_number + 1))
  local line
  line="[step $step_number/$step_count, $(elapsed)] $*"
  if [[ -t 2 && -z ${NO_COLOR:-} ]]; then line=$'\e[1m'$line$'\e[0m'; fi
  say "$line"
}

# run COMMAND…: runs it; if it fails, prints the exact command and leaves with its exit code.
run() {
  local status=0
  "$@" || status=$?
  if ((status == 0)); then return; fi
  local command
  printf -v command '%q ' "$@"
  if ((status == 130)); then
    say "Interrupted: ${command% }"
  else
    say "error: this command failed with exit code $status (in $PWD):"
    say "  ${command% }"
  fi
  exit "$status"
}

# The folder that a preset of CMakePresets.json builds in.
build_folder() {
  if [[ $1 == release ]]; then printf '%s/build' "$root"; else printf '%s/build-%s' "$root" "$1"; fi
}

# Whether a LibTorch other than Debian's was asked for.
other_libtorch() { [[ -n ${CMAKE_PREFIX_PATH:-}${Torch_DIR:-} ]]; }

# configure PRESET [OPTION…]: configures; anew if another LibTorch was chosen than the last time.
configure() {
  local preset=$1 folder options=()
  shift
  folder=$(build_folder "$preset")
  local chosen="${CMAKE_PREFIX_PATH:-}|${Torch_DIR:-}" last="|"
  if [[ -f $folder/libtorch_choice ]]; then last=$(<"$folder/libtorch_choice"); fi
  if [[ -f $folder/CMakeCache.txt && $chosen != "$last" ]]; then options+=(--fresh); fi
  run cmake -S "$root" --preset "$preset" "${options[@]}" "$@" >&2
  printf '%s\n' "$chosen" >"$folder/libtorch_choice"
}

# build PRESET [TARGET…]: compiles with as many jobs as there are cores and 1.5 GiB of free memory for each.
build() {
  local folder jobs cores memory targets=()
  folder=$(build_folder "$1")
  shift
  if (($# > 0)); then targets=(--target "$@"); fi
  cores=$(nproc)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1572864) }' /proc/meminfo)
  jobs=$((memory < cores ? memory : cores))
  if ((jobs < 1)); then jobs=1; fi
  run cmake --build "$folder" --parallel "$jobs" "${targets[@]}" >&2
}
