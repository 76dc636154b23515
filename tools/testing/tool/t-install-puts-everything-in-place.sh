# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2154
make -s -C "$HERE/../.." BUILD="$BUILD" DESTDIR="$PWD/root" PREFIX=/usr install \
	>/dev/null 2>&1 || fail "make install"
for file in sbin/fvd share/man/man8/fvd.8 share/man/man8/fvd-open.8 \
	share/man/man1/nbdkit-fvd-plugin.1 \
	share/bash-completion/completions/fvd; do
	[ -f "root/usr/$file" ] || fail "no $file"
done
[ -f "root/$(pkg-config --variable=plugindir nbdkit)/nbdkit-fvd-plugin.so" ] ||
	fail "no plugin"
