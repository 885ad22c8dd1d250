#!/bin/bash
# The variables of the public postgres image, over binaries that have no psql and no createdb: what is to be
# done in a new database is done by `postgres --single`, before anybody can connect.
set -euo pipefail

for name in POSTGRES_PASSWORD POSTGRES_USER POSTGRES_DB POSTGRES_INITDB_ARGS; do
  file=${name}_FILE
  if [ -n "${!file:-}" ]; then
    value=$(<"${!file}")
    export "$name=$value"
  fi
done

[ $# -gt 0 ] || set -- postgres
case $1 in -*) set -- postgres "$@" ;; esac
[ "$1" = postgres ] || exec "$@"

user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}
method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}

single() { postgres --single -j -D "$PGDATA" "$1" >/dev/null; }

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "$method" != trust ]; then
    echo "Error: Database is uninitialized and superuser password is not specified (POSTGRES_PASSWORD)." >&2
    exit 1
  fi
  # A try that is cut off must not look like a database: PG_VERSION comes to its place last of all, and
  # while .new is there, everything is of a former try.
  new=$PGDATA/.new
  mkdir -p "$PGDATA"
  [ ! -e "$new" ] || find "$PGDATA" -mindepth 1 -delete
  final=$PGDATA
  export PGDATA=$new
  # Given without a password, it is one that nobody knows: the method is `trust`, see above.
  # shellcheck disable=SC2086
  initdb -D "$PGDATA" -U "$user" --auth-local=trust --auth-host="$method" \
    --pwfile=<(printf '%s\n' "${POSTGRES_PASSWORD:-$RANDOM$RANDOM$RANDOM}") --encoding=UTF8 --locale=C \
    --locale-provider=builtin --builtin-locale=C.UTF-8 --no-sync --no-instructions ${POSTGRES_INITDB_ARGS:-}
  echo "host all all all $method" >>"$PGDATA/pg_hba.conf"
  {
    echo "listen_addresses = '*'"
    echo "unix_socket_directories = '/run/postgresql'"
  } >>"$PGDATA/postgresql.conf"
  if [ "$database" != postgres ]; then
    printf 'CREATE DATABASE "%s";\n\n' "${database//\"/\"\"}" | single postgres
  fi
  for script in /docker-entrypoint-initdb.d/*; do
    case $script in
    *.sql) echo "running $script"; { cat "$script"; printf '\n;\n\n'; } | single "$database" ;;
    *.sql.gz) echo "running $script"; { gunzip -c "$script"; printf '\n;\n\n'; } | single "$database" ;;
    *.sh) echo "ignoring $script: scripts need psql, which is not here" >&2 ;;
    esac
  done
  find "$new" -mindepth 1 -maxdepth 1 ! -name PG_VERSION -exec mv -t "$final" {} +
  mv "$new/PG_VERSION" "$final"
  rmdir "$new"
  export PGDATA=$final
fi
chmod 700 "$PGDATA"
unset POSTGRES_PASSWORD
exec "$@"
