#!/bin/sh
# Writes nginx's whole configuration to standard output: nginx.conf.template, filled from the environment.
#
# PUBLIC_ORIGIN            what people open, as the app is told       https://letterlock.localhost:8443
# HTTPS_PORT               where nginx listens for it                 its port
# HTTP_PORT                plain HTTP, only to send people on         8081
# LISTEN_ADDRESSES         of this machine, with spaces between       0.0.0.0 [::]
# APP_SERVERS              host:port or unix:/path, with spaces       127.0.0.1:8080
# RESOLVER                 a name server that is asked anew for app servers, from nginx 1.27.3 on; none: asked once, at the start
# APP_FOLDER               the built app                              dist/ beside this folder
# CERTS_FOLDER             of certs/issue.sh                          data/certs beside this folder
# RUN_FOLDER               process id and temporary files; must exist /run/letterlock
# RUN_AS                   account of the workers                     nginx's own
# ACCESS_LOG, ERROR_LOG    files                                      /dev/stdout, stderr
# REQUESTS_PER_SECOND      from one address, in the long run          50
# REQUESTS_AT_ONCE         from one address, beyond that              200
# CONNECTIONS_PER_ADDRESS  at a time                                  200
set -eu

here=$(cd "$(dirname "$0")" && pwd)
project=$(dirname "$here")

fail() {
  echo "nginx/write-config.sh: $1" >&2
  exit 1
}

PUBLIC_ORIGIN=${PUBLIC_ORIGIN:-https://letterlock.localhost:8443}
PUBLIC_HOST=${PUBLIC_ORIGIN#https://}
PUBLIC_HOST=${PUBLIC_HOST%:443}
DOMAIN=${PUBLIC_HOST%%:*}
port=${PUBLIC_HOST#"$DOMAIN"}
port=${port#:}
HTTPS_PORT=${HTTPS_PORT:-${port:-443}}
HTTP_PORT=${HTTP_PORT:-8081}
LISTEN_ADDRESSES=${LISTEN_ADDRESSES:-0.0.0.0 [::]}
APP_SERVERS=${APP_SERVERS:-127.0.0.1:8080}
RESOLVER=${RESOLVER:-}
APP_FOLDER=${APP_FOLDER:-$project/dist}
CERTS_FOLDER=${CERTS_FOLDER:-$project/data/certs}
RUN_FOLDER=${RUN_FOLDER:-/run/letterlock}
RUN_AS=${RUN_AS:-}
ACCESS_LOG=${ACCESS_LOG:-/dev/stdout}
ERROR_LOG=${ERROR_LOG:-stderr}
REQUESTS_PER_SECOND=${REQUESTS_PER_SECOND:-50}
REQUESTS_AT_ONCE=${REQUESTS_AT_ONCE:-200}
CONNECTIONS_PER_ADDRESS=${CONNECTIONS_PER_ADDRESS:-200}

# require NAME VALUE PATTERN ADVICE; a line break is in no pattern.
require() {
  [ "$(printf '%s' "$2" | wc -l)" -eq 0 ] && printf '%s\n' "$2" | grep -Eqx "$3" || fail "$1=$2 must be $4."
}
require PUBLIC_ORIGIN "$PUBLIC_ORIGIN" 'https://([a-z0-9-]+\.)+[a-z][a-z0-9-]*(:[0-9]+)?' 'https://<name> with an optional port'
for name in HTTPS_PORT HTTP_PORT REQUESTS_PER_SECOND REQUESTS_AT_ONCE CONNECTIONS_PER_ADDRESS; do
  eval "value=\$$name"
  require "$name" "$value" '[1-9][0-9]{0,5}' 'a whole number'
done
for name in APP_FOLDER CERTS_FOLDER RUN_FOLDER ACCESS_LOG; do
  eval "value=\$$name"
  require "$name" "$value" '/[A-Za-z0-9/._-]*' 'a whole path of letters, digits and /._-'
done
require ERROR_LOG "$ERROR_LOG" 'stderr|/[A-Za-z0-9/._-]*' 'stderr or a whole path'
require RUN_AS "$RUN_AS" '[a-z_][a-z0-9_-]*|' 'the name of an account'
require APP_SERVERS "$APP_SERVERS" '([A-Za-z0-9.-]+:[0-9]+|unix:/[A-Za-z0-9/._-]+)( ([A-Za-z0-9.-]+:[0-9]+|unix:/[A-Za-z0-9/._-]+))*' 'host:port or unix:/path, with single spaces between'
require RESOLVER "$RESOLVER" '[0-9.]+(:[0-9]+)?|' 'an address, with an optional port'
require LISTEN_ADDRESSES "$LISTEN_ADDRESSES" '(\[[0-9a-f:]+\]|[0-9.]+)( (\[[0-9a-f:]+\]|[0-9.]+))*' 'addresses, with single spaces between'

# listen_lines PORT OPTIONS
listen_lines() {
  for address in $LISTEN_ADDRESSES; do echo "    listen $address:$1$2;"; done
}

# nginx has `http2 on` from 1.25.1 on, and complains of the older form from then on.
version=$(nginx -v 2>&1 | sed -n 's,^nginx version: nginx/\([0-9]*\)\.\([0-9]*\)\.\([0-9]*\).*,\1 \2 \3,p')
[ -n "$version" ] || fail "nginx does not say its version: is it installed?"
# shellcheck disable=SC2086 # three numbers
set -- $version
if [ $(($1 * 1000000 + $2 * 1000 + $3)) -ge 1025001 ]; then
  http2=
  HTTP2_LINE='http2 on;'
else
  http2=' http2'
  HTTP2_LINE=
fi
OTHER_TLS_LISTEN_LINES=$(listen_lines "$HTTPS_PORT" " ssl$http2 default_server")
TLS_LISTEN_LINES=$(listen_lines "$HTTPS_PORT" " ssl$http2")
OTHER_PLAIN_LISTEN_LINES=$(listen_lines "$HTTP_PORT" ' default_server')
PLAIN_LISTEN_LINES=$(listen_lines "$HTTP_PORT" '')
# A container may come back under another address.
resolver_lines() {
  printf '    zone app 64k;\n    resolver %s valid=5s ipv6=off;\n' "$RESOLVER"
}
APP_SERVER_LINES=$(
  [ -z "$RESOLVER" ] || resolver_lines
  for server in $APP_SERVERS; do echo "    server $server${RESOLVER:+ resolve};"; done
)
USER_LINE=${RUN_AS:+user $RUN_AS;}

filled='$USER_LINE $RUN_FOLDER $ERROR_LOG $ACCESS_LOG $CERTS_FOLDER $APP_FOLDER $DOMAIN $PUBLIC_HOST $APP_SERVER_LINES
  $OTHER_TLS_LISTEN_LINES $TLS_LISTEN_LINES $OTHER_PLAIN_LISTEN_LINES $PLAIN_LISTEN_LINES $HTTP2_LINE
  $REQUESTS_PER_SECOND $REQUESTS_AT_ONCE $CONNECTIONS_PER_ADDRESS'
export USER_LINE RUN_FOLDER ERROR_LOG ACCESS_LOG CERTS_FOLDER APP_FOLDER DOMAIN PUBLIC_HOST APP_SERVER_LINES \
  OTHER_TLS_LISTEN_LINES TLS_LISTEN_LINES OTHER_PLAIN_LISTEN_LINES PLAIN_LISTEN_LINES HTTP2_LINE \
  REQUESTS_PER_SECOND REQUESTS_AT_ONCE CONNECTIONS_PER_ADDRESS
envsubst "$filled" <"$here/nginx.conf.template"
