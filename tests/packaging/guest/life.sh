# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # family, conf and second are lib.sh's
# Cases of a booted root: packages that are upgraded and removed while the server runs. Sourced by
# machine.

# Which version answers on port $1; without curl, which an emulated machine is long in starting.
served_by()
{
	local line version
	exec 4<> "/dev/tcp/127.0.0.1/$1" || return
	printf 'HEAD / HTTP/1.0\r\n\r\n' >&4
	read -r -t 10 line <&4 || :
	exec 4>&-
	read -r version < /sys/module/khttpd/version
	[[ $line != "HTTP/1.1 200 "* ]] || echo "served $version"
}

# The loaded version serves while the new one is built, and until the restart after it. Its sites are
# there again then, and a reload changes them.
case_upgrade_while_serving()
{
	systemctl start khttpd
	setting port 8083
	site a before
	systemctl reload khttpd
	[ "$(of_site 8083 a)" = before ]
	( while sleep 1; do
		served_by 8083 || :
	done ) > /tmp/served &
	watcher=$!
	use_repo 2
	plain_upgrade
	kill $watcher
	[ "$(grep -c "served $BASE" /tmp/served)" -ge 3 ]
	[ "$(cat /sys/module/khttpd/version)" = "$NEXT" ]
	serves 8083
	grep -q '^port = 8083' $conf
	[ "$(of_site 8083 a)" = before ]
	site a after
	systemctl reload khttpd
	[ "$(of_site 8083 a)" = after ]
	rm -r $conf.d
	systemctl reload khttpd
	[ -z "$(of_site 8083 a)" ]
	serves 8083
}

# Nothing can be built for the running kernel: what is loaded keeps serving.
case_upgrade_without_headers()
{
	headers_go "$(uname -r)"
	use_repo 3
	install_version "$BROKEN" 2>&1 | tee /tmp/upgrade.log
	headers_return "$(uname -r)"
	grep -q "$BROKEN is not built for kernel $(uname -r): .*restart pending" /tmp/upgrade.log
	systemctl is-active khttpd
	[ "$(cat /sys/module/khttpd/version)" = "$NEXT" ]
	serves 8083
}

# With the headers there again the build is tried, and fails; a version that builds repairs it. The
# configuration has become a bad one meanwhile: a restart would only end what serves.
case_upgrade_that_does_not_build()
{
	if [ "$family" = deb ]; then
		fails any apt_install --reinstall khttpd-dkms khttpd-tools > /tmp/upgrade.log 2>&1
		grep -q 'Bad return status for module build' /tmp/upgrade.log
	else
		dnf -y reinstall khttpd-dkms 2>&1 | tee /tmp/upgrade.log
		grep -q 'could not be built' /tmp/upgrade.log
	fi
	no_module "$(uname -r)"
	[ "$(cat /sys/module/khttpd/version)" = "$NEXT" ]
	serves 8083
	echo 'prot = 1' >> $conf
	install_version "$BASE" 2>&1 | tee /tmp/upgrade.log
	grep -q 'correct the configuration first: .*restart pending' /tmp/upgrade.log
	[ "$(module_of "$(uname -r)")" = "$BASE" ]
	systemctl is-active khttpd
	[ "$(cat /sys/module/khttpd/version)" = "$NEXT" ]
	serves 8083
	sed -i '/^prot/d' $conf
	systemctl restart khttpd
	[ "$(cat /sys/module/khttpd/version)" = "$BASE" ]
	serves 8083
}

# Without the tools the module serves as ever.
case_module_alone()
{
	reset_conf
	if [ "$family" = deb ]; then
		apt-get remove -y khttpd-tools
	else
		dnf -y remove --noautoremove khttpd-tools
	fi
	modprobe khttpd
	serves 8081
	rmmod khttpd
	install_recommended khttpd-tools
	systemctl start khttpd
	serves 8081
	systemctl stop khttpd
}

# One package becomes two under a server that is enabled and serves. First without headers, so that the
# module before stays: its successor's tool can show, stop and restart it, and says that a reload is
# not enough. Once the new module serves, a reload brings sites, which the one before had none of.
case_upgrade_from_before()
{
	systemctl stop khttpd
	[ "$family" = deb ] || rm -f $conf
	remove_package
	purged_without_trace
	use_repo 0
	install_recommended khttpd-dkms
	systemctl enable --now khttpd
	setting port 8083
	systemctl reload khttpd
	serves 8083
	headers_go "$(uname -r)"
	use_repo 1
	upgrade_from_one 2>&1 | tee /tmp/upgrade.log
	headers_return "$(uname -r)"
	grep -q "$BASE is not built for kernel $(uname -r): .*restart pending" /tmp/upgrade.log
	systemctl is-active khttpd
	systemctl is-enabled khttpd
	[ "$(cat /sys/module/khttpd/version)" = "$BEFORE" ]
	grep -q '^port = 8083' $conf
	serves 8083
	khttpdctl status | grep -q "khttpd $BEFORE is running"
	fails any systemctl reload khttpd
	fails any khttpdctl reload 2> /tmp/reload.err
	grep -q 'restart' /tmp/reload.err
	serves 8083
	if [ "$family" = deb ]; then
		apt-get install -y --reinstall khttpd-dkms
	else
		dnf -y reinstall khttpd-dkms
	fi
	[ "$(cat /sys/module/khttpd/version)" = "$BASE" ]
	serves 8083
	[ -z "$(of_site 8083 a)" ]
	site a 'a site of its own'
	systemctl reload khttpd
	[ "$(of_site 8083 a)" = 'a site of its own' ]
	serves 8083
	rm -r $conf.d
	systemctl stop khttpd
	not_loaded
	systemctl disable khttpd
}

case_remove_while_running()
{
	local port
	systemctl start khttpd
	port=$(status_of port)
	serves "$port"
	# What the administrator wrote stays.
	echo '# mine' >> $conf
	remove_package
	not_loaded
	silent "$port"
	no_module "$(uname -r)"
	if [ "$family" = deb ]; then
		grep -q '^# mine' $conf
	else
		grep -q '^# mine' $conf.rpmsave
	fi
	systemctl daemon-reload
	fails any systemctl start khttpd
}

case_purge()
{
	purged_without_trace
	[ -z "$(find /lib/modules/ -name 'khttpd.ko*')" ]
}
