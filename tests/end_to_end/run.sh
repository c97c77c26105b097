#!/usr/bin/env bash
# Drives the real window with a real pointer and real keys on a virtual display. On Debian, what is missing is installed.
# MORAY_BINARY names the program to drive, such as target/release/moray; without it, the debug build.
set -euo pipefail
cd "$(dirname "$0")/../.."
# The display and who moves its pointer; what the window opens when it starts (X11); what draws it (OpenGL, Vulkan).
packages=(
  xvfb xdotool xkb-data
  libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon-x11-0
  libegl1 libgl1 libgl1-mesa-dri libvulkan1 mesa-vulkan-drivers
)
missing=()
if command -v dpkg-query >/dev/null; then
  for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
elif ! command -v Xvfb >/dev/null || ! command -v xdotool >/dev/null; then
  missing=("${packages[@]}")
fi
if [ "${#missing[@]}" -gt 0 ]; then
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "install first (names of Debian): ${missing[*]}" >&2
    exit 1
  fi
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "${missing[@]}"
fi
# One after the other: both windows on one busy machine would only wait for each other.
exec cargo test --locked --test end_to_end -- --ignored --nocapture --test-threads 1 "$@"
