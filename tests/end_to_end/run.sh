#!/usr/bin/env bash
# Drives the real window with a real pointer and real keys on a virtual display; needs Debian (or Xvfb and xdotool).
# MORAY_BINARY names the program to drive; without it, the debug build.
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! command -v Xvfb >/dev/null || ! command -v xdotool >/dev/null; then
  if [ "$(id -u)" != 0 ]; then
    echo "install xvfb, xdotool, libgl1-mesa-dri and mesa-vulkan-drivers first" >&2
    exit 1
  fi
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
    xvfb xdotool xkb-data libegl1 libgl1 libgl1-mesa-dri libvulkan1 mesa-vulkan-drivers \
    libx11-6 libx11-xcb1 libxcursor1 libxi6 libxrandr2 libxkbcommon-x11-0
fi
cargo test --locked --test end_to_end -- --ignored --nocapture
