#!/bin/sh
# Installs the Debian packages that system and interop tests use, those that are missing. Needs root.
set -eu
missing=
for package in chromium postgresql openssh-server openssh-client git curl nghttp2-client wrk iproute2; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
apt-get update -qq
# shellcheck disable=SC2086 -- one word a package
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
