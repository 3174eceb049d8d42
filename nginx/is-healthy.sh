#!/bin/bash
# What a container is asked about itself: 0 when nginx sends a visitor of plain HTTP to the site. With no tool but the shell.
set -eu
exec 3<>"/dev/tcp/127.0.0.1/$HTTP_PORT"
name=${PUBLIC_ORIGIN#https://}
printf 'HEAD / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "${name%:*}" >&3
read -r answer <&3
case $answer in 'HTTP/1.1 301 '*) ;; *) exit 1 ;; esac
