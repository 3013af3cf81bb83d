#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs a test on a screen of its own: Weston, as on the product, in an X server without hardware,
# whose keyboard and mouse the test can move. usage: with-screen.sh PROGRAM [ARGUMENT...]
# SCREEN_SCALE (1) is how many of the screen's pixels, in each direction, are one of the desktop's.
set -eu

for tool in Xvfb weston dbus-daemon; do
  if ! command -v "$tool" >/dev/null; then
    echo "1..0 # SKIP $tool is not installed"
    exit 77
  fi
done

dir=$(mktemp -d)
x_pid='' weston_pid=''
cleanup() {
  for pid in $weston_pid $x_pid; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

# Waits, for at most 20 seconds, until a file is there and not empty.
await() {
  tries=200
  until [ -s "$1" ] || [ -S "$1" ]; do
    tries=$((tries - 1))
    if [ $tries -eq 0 ]; then
      echo "Bail out! $2 did not come up"
      cat "$dir"/*.log >&2
      exit 1
    fi
    sleep 0.1
  done
}

mkdir -m 700 "$dir/run" "$dir/home"
export XDG_RUNTIME_DIR="$dir/run" HOME="$dir/home" XDG_CONFIG_HOME="$dir/home/config"

scale=${SCREEN_SCALE:-1}
Xvfb -displayfd 3 -screen 0 "$((1024 * scale))x$((768 * scale))x24" -nolisten tcp -noreset 3>"$dir/display" \
  >"$dir/x.log" 2>&1 &
x_pid=$!
await "$dir/display" Xvfb
DISPLAY=":$(cat "$dir/display")"
export DISPLAY

# No panel: then the window, which maximizes itself on a small screen, is at 0,0, and what is at
# x, y in it is there on the screen too. (The kiosk shell of Weston 10 forgets to give the keyboard
# back to the window when a dialog closes.) No animations: a dialog that fades away would go on
# catching clicks.
printf '[shell]\npanel-position=none\nlocking=false\nclose-animation=none\nstartup-animation=none\n[core]\nidle-time=0\n' >"$dir/weston.ini"
weston --backend=x11-backend.so --use-pixman --width=1024 --height=768 --scale="$scale" --config="$dir/weston.ini" \
  --socket=wayland-test >"$dir/weston.log" 2>&1 &
weston_pid=$!
await "$XDG_RUNTIME_DIR/wayland-test" Weston

export WAYLAND_DISPLAY=wayland-test GDK_BACKEND=wayland GSK_RENDERER=cairo GTK_A11Y=test
export GSETTINGS_BACKEND=memory LC_ALL=C.UTF-8 NO_AT_BRIDGE=1
"$@"
