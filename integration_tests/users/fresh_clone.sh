# Sourced by the scripts of the users: a fresh clone of this repository, which is removed at the end.
# The clone has what is committed.
set -euo pipefail

repository=$(git -C "$(dirname "${BASH_SOURCE[0]}")" rev-parse --show-toplevel)
folder=$(mktemp -d)
emulator=

remove_clone() {
  if [[ -n $emulator ]]; then
    kill -- "-$emulator" 2>/dev/null || true
    wait "$emulator" 2>/dev/null || true
  fi
  rm -rf "$folder"
}
trap remove_clone EXIT

git clone --quiet "$repository" "$folder/source-billcom"
cd "$folder/source-billcom"

# Wait until the emulator that runs in the background has written the configuration and answers.
wait_for_emulator() {
  until [[ -s secrets/config.json ]] && curl --silent --output /dev/null "$(base_url)"; do
    kill -0 "$emulator" || { echo "The emulator has stopped." >&2; exit 1; }
    sleep 1
  done
}

base_url() {
  .venv/bin/python -c "import json; print(json.load(open('secrets/config.json'))['base_url'])"
}
