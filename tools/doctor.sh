# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # conf, tab and module_dir are khttpdctl's
# `khttpdctl doctor`: what keeps the server from running on this machine, and what to do about it.
# Sourced by khttpdctl, whose functions and variables it uses.

problems=0

good() { printf 'ok       %s\n' "$*"; }
hint() { printf '         %s\n' "$*"; }
problem()
{
	printf 'PROBLEM  %s\n' "$*"
	problems=$((problems + 1))
}

family()
{
	if command -v dnf >/dev/null 2>&1; then
		echo fedora
	elif command -v zypper >/dev/null 2>&1; then
		echo suse
	else
		echo debian
	fi
}

doctor_headers()
{
	if [ -e "/lib/modules/$release/build/Makefile" ]; then
		good "the headers of kernel $release are installed"
		return
	fi
	problem "the headers of kernel $release are missing, so no module can be built for it"
	case $(family) in
	fedora) hint "dnf install kernel-devel-$release" ;;
	suse) hint 'zypper install kernel-default-devel' ;;
	*) hint "apt install linux-headers-$release" ;;
	esac
}

newest_log()
{
	for log in /var/lib/dkms/khttpd/*/"$release"/*/log/make.log \
		/var/lib/dkms/khttpd/*/build/make.log; do
		[ -e "$log" ] && echo "$log"
	done | tail -n 1
}

doctor_module()
{
	if modinfo -k "$release" -F filename khttpd >/dev/null 2>&1; then
		good "khttpd $(modinfo -k "$release" -F version khttpd) is built for kernel $release"
		magic=$(modinfo -k "$release" -F vermagic khttpd)
		[ "${magic%% *}" = "$release" ] ||
			problem "khttpd was built for kernel ${magic%% *}: run dkms autoinstall"
		return
	fi
	problem "khttpd is not built for kernel $release"
	for other in /lib/modules/*/updates/dkms/khttpd.ko* /lib/modules/*/extra/khttpd.ko*; do
		[ ! -e "$other" ] || hint "it is built for another kernel: $other"
	done
	if command -v dkms >/dev/null 2>&1; then
		hint "dkms autoinstall -k $release"
		log=$(newest_log)
		[ -z "$log" ] || hint "the log of the last failed build is $log"
	else
		hint 'dkms, which builds it, is not installed'
	fi
}

secure_boot()
{
	command -v mokutil >/dev/null 2>&1 && mokutil --sb-state 2>/dev/null |
		grep -q 'SecureBoot enabled'
}

enforced()
{
	grep -q Y /sys/module/module/parameters/sig_enforce 2>/dev/null ||
		grep -qE '\[(integrity|confidentiality)\]' /sys/kernel/security/lockdown 2>/dev/null
}

signing_key()
{
	for key in /var/lib/dkms/mok.pub /var/lib/shim-signed/mok/MOK.der \
		/etc/pki/akmods/certs/public_key.der; do
		if [ -e "$key" ]; then
			echo "$key"
			return
		fi
	done
}

doctor_signature()
{
	if ! secure_boot && ! enforced; then
		good 'the kernel loads modules of any signature'
		return
	fi
	signer=$(modinfo -k "$release" -F signer khttpd 2>/dev/null)
	key=$(signing_key)
	if [ -n "$key" ] && command -v mokutil >/dev/null 2>&1 &&
		mokutil --test-key "$key" 2>/dev/null | grep -q 'already enrolled' &&
		[ -n "$signer" ]; then
		good "khttpd is signed by $signer, whose key is enrolled"
		return
	fi
	if [ -n "$signer" ]; then
		signer="signed by $signer, whose key is not enrolled"
	fi
	problem "the kernel takes only signed modules (Secure Boot or lockdown), and khttpd is" \
		"${signer:-not signed}"
	if [ -n "$key" ]; then
		command -v mokutil >/dev/null 2>&1 || hint 'install mokutil, then:'
		hint "mokutil --import $key    (asks for a one-time password)"
		hint 'reboot, and choose "Enroll MOK" in the blue screen'
	else
		hint 'install openssl and mokutil, then rebuild: dkms remove khttpd/VERSION --all,'
		hint 'dkms install khttpd/VERSION; it makes a key to enrol with mokutil --import'
	fi
}

doctor_config()
{
	if parameters=$(parse_config); then
		good "$conf has no mistakes"
	else
		problem "$conf cannot be used: see above"
		return
	fi
	check_docroot || problem 'the document root is missing'
	if [ -n "$docroot" ] && [ -d "$docroot" ]; then
		# Files are opened as nobody: every folder on the way must let others through.
		path=$docroot
		while [ "$path" != / ]; do
			case $(stat -c %A "$path") in
			*x | *t) ;;
			*) problem "$path is closed to others, so khttpd (as nobody) gets no" \
				"file below it"
				hint "chmod o+x $path" ;;
			esac
			path=$(dirname "$path")
		done
	fi
}

doctor_port()
{
	port=$(printf '%s\n' "$parameters" | awk -F "$tab" '$1 == "port" { print $4 }')
	if is_loaded || [ -z "$port" ]; then
		return
	fi
	if ! command -v ss >/dev/null 2>&1; then
		hint 'ss (package iproute2) would say who else has the port'
		return
	fi
	holder=$(ss -Hltnp "sport = :$port" 2>/dev/null | head -n 1)
	if [ -z "$holder" ]; then
		good "port $port is free"
		return
	fi
	who=$(printf '%s\n' "$holder" | sed -n 's/.*users:((\(.*\)).*/\1/p')
	problem "port $port is taken by ${who:-another process (run as root to see which)}"
	hint "stop it, or set another port in $conf"
}

doctor()
{
	release=$(uname -r)
	parameters=
	docroot=
	if is_loaded; then
		good "khttpd $(cat "$module_dir/version" 2>/dev/null) is running"
	fi
	doctor_headers
	doctor_module
	doctor_signature
	doctor_config
	doctor_port
	if [ "$problems" -eq 0 ]; then
		echo 'no problem found'
		return 0
	fi
	echo "$problems problem(s) found"
	exit 1
}
