#!/bin/bash
# What MySQL's public image promises and docker-compose.yaml relies on: any account, a root password from a file, and the
# statements in /docker-entrypoint-initdb.d at the first start, which is not reachable from outside.
set -euo pipefail
if [ "$1" = mysqld ] && [ ! -d /var/lib/mysql/mysql ]; then
  mysqld --initialize-insecure
  mysqld --skip-networking --mysqlx=OFF "${@:2}" &
  until mysqladmin --user=root --silent ping; do sleep 0.2; done
  password=$(<"$MYSQL_ROOT_PASSWORD_FILE")
  for file in /docker-entrypoint-initdb.d/*.sql; do mysql --user=root <"$file"; done
  mysql --user=root <<<"ALTER USER root@localhost IDENTIFIED BY '$password'"
  MYSQL_PWD=$password mysqladmin --user=root shutdown
  wait
fi
exec "$@"
