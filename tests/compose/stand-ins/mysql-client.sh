#!/bin/sh
# mysql, mysqladmin and mysqldump, by the name that it is called by.
root=/opt/mysql
exec $root/run "usr/bin/$(basename "$0")" --no-defaults --character-sets-dir=$root/usr/share/mysql/charsets \
  --socket=/var/run/mysqld/mysqld.sock "$@"
