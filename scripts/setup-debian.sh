#!/bin/sh
# Installs the Debian packages that system tests, interop tests and bench use, those that are missing.
set -eu
packages='chromium postgresql openssh-server openssh-client git curl nghttp2-client wrk haproxy nginx-light
  libnginx-mod-stream iproute2 python3 coturn tmux vim htop less bubblewrap
  util-linux zsh fish tcsh'

missing=
for package in $packages; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
[ "$(id -u)" = 0 ] || as_root='sudo -n'
echo "installing:$missing" >&2
$as_root apt-get update -qq
# shellcheck disable=SC2086 -- one word a package
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing
