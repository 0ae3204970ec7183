# Keeps one throw-away PostgreSQL cluster for as long as its standard input stays open, then stops it
# and deletes it. Started by cluster.rs; its input is a pipe that only xtask holds, so that the cluster
# ends with xtask however that ends. Never as root.
#   $1 the folder of PostgreSQL's programs   $2 the port   $3 the folder to make the cluster's folder in
#   $4 `tests`, or `measuring`: with the settings and on the disk that a studio's would have
#   first line of the input: the superuser's password
# Answers `ready` and the cluster's folder on its output once the cluster takes connections.
set -eu
trap '' INT TERM HUP PIPE
umask 077
bin=$1
port=$2
parent=$3
purpose=$4
IFS= read -r password

cd /
# Each test has a database of its own, which is some hundred files to make: in memory, where there is plenty, that takes a
# tenth of the time.
[ "$purpose" = tests ] && room=$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
[ "${room:-0}" -gt 8388608 ] && [ -w /dev/shm ] && parent=/dev/shm
folder=$(mktemp -d "$parent/mudlark-test-postgres.XXXXXX")
remove() {
    if [ -f "$folder/data/postmaster.pid" ]; then
        "$bin/pg_ctl" -D "$folder/data" -m immediate -w -t 20 stop >/dev/null 2>&1 || true
    fi
    rm -rf "$folder"
}
trap remove EXIT

printf '%s\n' "$password" >"$folder/password"
"$bin/initdb" --pgdata "$folder/data" --username postgres --pwfile "$folder/password" \
    --auth scram-sha-256 --encoding UTF8 --locale C --no-sync >"$folder/initdb.log" 2>&1 || {
    cat "$folder/initdb.log" >&2
    exit 1
}

cat >>"$folder/data/postgresql.conf" <<END
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$folder'
max_connections = 300
END
# Nothing must outlive the tests, so nothing waits for the disk.
[ "$purpose" = tests ] && cat >>"$folder/data/postgresql.conf" <<END
fsync = off
synchronous_commit = off
full_page_writes = off
jit = off
END
"$bin/pg_ctl" -D "$folder/data" -l "$folder/server.log" -w -t 60 start >/dev/null 2>&1 </dev/null || {
    cat "$folder/server.log" >&2
    exit 1
}
echo "ready $folder"

while IFS= read -r _; do :; done
