#!/bin/sh
# Runs a program of the unpacked packages that this file lies with: they bring their own C library.
root=$(dirname "$0")
program=$root/$1
shift
exec "$root/usr/lib64/ld-linux-x86-64.so.2" --library-path "$root/usr/lib/x86_64-linux-gnu" "$program" "$@"
