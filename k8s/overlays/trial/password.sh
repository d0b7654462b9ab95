#!/bin/sh
# Writes database.env, with a random password. One that is there is kept: PostgreSQL takes the
# password only when it starts on an empty volume.
set -eu
cd "$(dirname "$0")"
[ ! -e database.env ] || exit 0
umask 077
password=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
{
    echo "password=$password"
    echo "url=postgresql://streamgauge:$password@streamgauge-postgres/streamgauge"
} >database.env
