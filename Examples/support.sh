# Sourced by the examples' scripts: BIN, a folder with a random model that goes at the end, `show`.
set -eu
bin=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PENCHANT_CACHE="$work/cache"

# Prints a command and what it prints, with the example's folders by their short names.
show() {
  echo "\$ penchant $*" | sed "s#$work/##g; s#$here/##g"
  "$bin/penchant" "$@" 2> "$work/errors" > "$work/output" || { cat "$work/errors"; exit 1; }
  sed "s#$work/##g; s#$here/##g" "$work/output"
  echo
}

"$bin/MakeDemo" "$work" > /dev/null
