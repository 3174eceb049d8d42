#!/bin/sh
# nginx in its container: writes its configuration, and reads certificates again when certs/issue.sh has put new ones in place.
set -eu
cd "$(dirname "$0")"
config=$RUN_FOLDER/nginx.conf
./write-config.sh >"$config"

# A certificate and its key change places by one link.
reload_for_new_certificates() {
  known=$(readlink "$CERTS_FOLDER/site")
  while sleep 10; do
    present=$(readlink "$CERTS_FOLDER/site")
    [ "$present" = "$known" ] && continue
    nginx -e stderr -c "$config" -s reload
    known=$present
  done
}
reload_for_new_certificates &
exec nginx -e stderr -c "$config"
