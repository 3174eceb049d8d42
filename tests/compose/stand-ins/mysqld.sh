#!/bin/sh
root=/opt/mysql
exec $root/run usr/sbin/mysqld --no-defaults --basedir=$root/usr --plugin-dir=$root/usr/lib/mysql/plugin \
  --lc-messages-dir=$root/usr/share/mysql --character-sets-dir=$root/usr/share/mysql/charsets --secure-file-priv=NULL \
  --datadir=/var/lib/mysql --socket=/var/run/mysqld/mysqld.sock --pid-file=/var/run/mysqld/mysqld.pid "$@"
