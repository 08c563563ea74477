# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2181 # used by those who source it; errexit needs $?
# What the cases inside a root share: reporting, and the two families of package managers behind one
# set of names. A case is a function case_NAME; whatever fails in it makes it fail (set -e), with
# its last lines as the reason.

family=$(cat /srv/test/family) # deb or rpm
conf=/etc/khttpd.conf
results=${RESULTS:-/dev/stdout}
# shellcheck source=/dev/null
. /srv/test/versions # BEFORE BASE NEXT BROKEN

# The first kernel of the root, and the one that comes later, if there is one.
first=$(cat /srv/test/first)
second=$(cat /srv/test/second)

run_case()
{
	local name=$1 log=/tmp/case.log started=$SECONDS
	( set -eEx; trap 'echo "failed: line $LINENO: $BASH_COMMAND" >&2' ERR
	  "case_$name" ) > "$log" 2>&1 < /dev/null
	if [ $? -eq 0 ]; then
		echo "ok $name $((SECONDS - started))" >> "$results"
	else
		echo "not ok $name $((SECONDS - started))" >> "$results"
		tail -n 60 "$log" | sed 's/^/# /' >> "$results"
	fi
}

get() { curl -sS --fail --max-time 20 "http://127.0.0.1:$1/"; }
serves() { get "$1" | grep -q 'khttpd works'; }
silent() { ! curl -s --max-time 5 -o /dev/null "http://127.0.0.1:$1/"; }
loaded() { [ -d /sys/module/khttpd ]; }
not_loaded() { [ ! -d /sys/module/khttpd ]; }
status_of() { sed -n "s/^$1 //p" /proc/net/khttpd/status; }
setting() { sed -i -e "/^#*$1 =/d" $conf; echo "$1 = $2" >> $conf; }

fails()
{
	local wanted=$1 status=0
	shift
	"$@" || status=$?
	[ "$status" -ne 0 ] && { [ "$wanted" = any ] || [ "$status" -eq "$wanted" ]; }
}

# site NAME TEXT: a file of the configuration with a site, of which a location replies with the text.
site()
{
	mkdir -p $conf.d
	cat > "$conf.d/$1.conf" <<-END
		[site $1.example]
		docroot =
		[location /there/]              # and nothing else
		reply = 200 text/plain "$2\n"
	END
}

# What port $1 says to requests to site $2: the content, or nothing where there is no such site.
of_site() { curl -s --fail --max-time 20 -H "Host: $2.example" "http://127.0.0.1:$1/there/" || :; }

module_of() { modinfo -k "$1" -F version khttpd; }
no_module() { ! modinfo -k "$1" -F filename khttpd >/dev/null 2>&1; }

# use_repo N: what the repository offers, and what a machine then knows of it.
use_repo()
{
	ln -sfn "/srv/repos/$1" /srv/repo
	if [ "$family" = deb ]; then
		# apt takes no index that is older than the one it has.
		find /var/lib/apt/lists -type f -delete
		apt-get update
	else
		dnf -q clean all
	fi
}

# Standard input is empty: a question, such as dpkg's for a configuration file, is a failure.
apt_install() { apt-get install -y --no-install-recommends --allow-downgrades "$@"; }

# As users have it, which the roots do not: what is recommended comes too.
install_recommended()
{
	if [ "$family" = deb ]; then
		apt-get install -y -o APT::Install-Recommends=true "$@"
	else
		dnf -y install "$@"
	fi
}

is_installed()
{
	if [ "$family" = deb ]; then
		[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
	else
		rpm -q "$1" >/dev/null
	fi
}

install_version()
{
	if [ "$family" = deb ]; then
		apt_install "khttpd-dkms=$1-*" "khttpd-tools=$1-*"
	elif rpm -q khttpd-dkms >/dev/null && ! rpm -q "khttpd-dkms-$1" >/dev/null &&
		[ "$(printf '%s\n' "$1" "$(rpm -q --qf '%{VERSION}' khttpd-dkms)" |
			sort -V | head -n 1)" = "$1" ]; then
		dnf -y downgrade "khttpd-dkms-$1" "khttpd-tools-$1"
	else
		dnf -y install "khttpd-dkms-$1" "khttpd-tools-$1"
	fi
}

# What a user types to get what is new.
plain_upgrade()
{
	if [ "$family" = deb ]; then
		apt-get upgrade -y
	else
		dnf -y upgrade
	fi
}

# From the version that is one package, to those that it became.
upgrade_from_one()
{
	if [ "$family" = deb ]; then
		install_recommended khttpd-dkms
	else
		dnf -y upgrade
	fi
	is_installed khttpd-tools
}

# Without headers no module can be built, whatever packages say.
headers_go() { mv "/lib/modules/$1/build" "/lib/modules/$1/build.away"; }
headers_return() { mv "/lib/modules/$1/build.away" "/lib/modules/$1/build"; }

# Every name there is, but for what other packages, kernels and the system itself add with time, and
# what the cases do: folders that install(1) makes for manual pages, and ps, which one takes away.
not_ours='^/var/(log|cache|tmp|spool|\.updated)
^/var/lib/(dpkg|apt|rpm|dnf|systemd|private|dbus|initramfs-tools|ucf|dkms/mok|dkms/dkms_dbversion)
^/etc/(machine-id|\.updated|\.pwd\.lock|resolv\.conf|ld\.so\.cache|mtab|dnf|yum\.repos\.d)
^/etc/systemd/system/.*khttpd-test
^/usr/local/(bin/|share/man/man)
^/usr/bin/ps$
^/(usr/)?lib/modules/[^/]*(/(System\.map|build|config|kernel|modules|source|vdso|vmlinuz).*)?$
/__pycache__
^/usr/(include/|lib/linux(/|$))
linux-((base|binary|compiler|headers|image|kbuild|modules)-|libc-dev)'
everything() { find /etc /usr /var /lib/modules/ -xdev | grep -vE "$not_ours" | LC_ALL=C sort; }

leaves_nothing()
{
	everything > /tmp/after
	diff /srv/test/before /tmp/after
}

# After a removal: the configuration goes too, and no name is left.
purged_without_trace()
{
	[ "$family" != deb ] || apt-get purge -y khttpd-dkms khttpd-tools
	rm -f $conf.rpmsave $conf.rpmnew
	leaves_nothing
}

remove_package()
{
	if [ "$family" = deb ]; then
		apt-get remove -y khttpd-dkms khttpd-tools
	else
		dnf -y remove --noautoremove khttpd-dkms khttpd-tools
	fi
}
