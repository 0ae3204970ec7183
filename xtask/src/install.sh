# Installs the Debian packages named by the arguments. Run as root by programs.rs, without a terminal.
# PostgreSQL's package would make and start a database cluster of its own; that is switched off for
# the time of the installation, and the setting put back afterwards.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt_get() { apt-get -o DPkg::Lock::Timeout=300 "$@"; }

settings=/etc/postgresql-common/createcluster.conf
put_back() { if [ -f "$settings.before-mudlark" ]; then mv -f "$settings.before-mudlark" "$settings"; fi; }
trap put_back EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

apt_get update
for package in "$@"; do
    if [ "$package" = postgresql ]; then
        apt_get install -y --no-install-recommends postgresql-common
        if [ -f "$settings" ]; then
            cp -p "$settings" "$settings.before-mudlark"
            echo 'create_main_cluster = false' >>"$settings"
        fi
    fi
done
apt_get install -y --no-install-recommends "$@"
