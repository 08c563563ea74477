# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # conf, lib, tab and module_dir are khttpdctl's
# `khttpdctl doctor`: what keeps the server from running on this machine, and what to do about it.
# Sourced by khttpdctl, whose functions and variables it uses. A command to run has a line of its
# own, without anything behind it.

problems=0
# The tests look at a tree of their own.
base=${KHTTPD_ROOT:-}

good() { printf 'ok       %s\n' "$*"; }
hint() { printf '         %s\n' "$*"; }
problem()
{
	printf 'PROBLEM  %s\n' "$*"
	problems=$((problems + 1))
}

family()
{
	ids=
	# shellcheck source=/dev/null
	[ -r "$base/etc/os-release" ] && ids=$(. "$base/etc/os-release" && echo " $ID ${ID_LIKE:-} ")
	case $ids in
	*ubuntu*) echo ubuntu ;;
	*debian*) echo debian ;;
	*fedora* | *rhel* | *centos*) echo fedora ;;
	*suse*) echo suse ;;
	*) echo other ;;
	esac
}

# install DEBIAN FEDORA SUSE: the command that installs it here.
install_hint()
{
	case $family in
	debian | ubuntu) hint "apt install $1" ;;
	fedora) hint "dnf install $2" ;;
	suse) hint "zypper install $3" ;;
	*) hint "install it; it is called $1 by Debian, $2 by Fedora" ;;
	esac
}

doctor_headers()
{
	build=$base/lib/modules/$release/build
	if [ ! -e "$build/Makefile" ]; then
		problem "the headers of kernel $release are missing, so no module can be built for it"
		install_hint "linux-headers-$release" "kernel-devel-$release" kernel-default-devel
		return
	fi
	good "the headers of kernel $release are installed"
	doctor_compiler
}

# The kernel's flags are good for one major version of the compiler: see src/Kbuild.
doctor_compiler()
{
	version=$(sed -n 's/^CONFIG_GCC_VERSION=//p' "$build/include/config/auto.conf" 2>/dev/null)
	major=$((${version:-0} / 10000))
	[ "$major" -gt 0 ] || return 0
	for compiler in "g++-$major" "x86_64-linux-gnu-g++-$major" g++; do
		found=$("$compiler" -dumpversion 2>/dev/null)
		if [ "${found%%.*}" = "$major" ]; then
			good "a C++ compiler of version $major, as the kernel's, is installed"
			return
		fi
	done
	problem "the kernel is built with GCC $major, and no C++ compiler of that version is here"
	install_hint "g++-$major" gcc-c++ "gcc$major-c++"
}

newest_log()
{
	for log in "$base"/var/lib/dkms/khttpd/*/"$release"/*/log/make.log \
		"$base"/var/lib/dkms/khttpd/*/build/make.log; do
		[ -e "$log" ] && echo "$log"
	done | tail -n 1
}

doctor_module()
{
	built=$(modinfo -k "$release" -F filename khttpd 2>/dev/null)
	if [ -n "$built" ]; then
		magic=$(modinfo -k "$release" -F vermagic khttpd)
		if [ "${magic%% *}" = "$release" ]; then
			good "khttpd $(modinfo -k "$release" -F version khttpd) is built for kernel" \
				"$release"
		else
			problem "khttpd was built for kernel ${magic%% *}, this is $release"
			hint "dkms autoinstall -k $release"
		fi
		return
	fi
	problem "khttpd is not built for kernel $release"
	for other in "$base"/lib/modules/*/updates/dkms/khttpd.ko* \
		"$base"/lib/modules/*/updates/khttpd.ko* "$base"/lib/modules/*/extra/khttpd.ko*; do
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

locked_down()
{
	grep -qE '\[(integrity|confidentiality)\]' "$base/sys/kernel/security/lockdown" 2>/dev/null
}

enforced()
{
	grep -q Y "$base/sys/module/module/parameters/sig_enforce" 2>/dev/null || locked_down
}

signing_key()
{
	for key in /var/lib/dkms/mok.pub /var/lib/shim-signed/mok/MOK.der \
		/etc/pki/akmods/certs/public_key.der; do
		if [ -e "$base$key" ]; then
			echo "$key"
			return
		fi
	done
}

# dkms has signed by itself since 3.0; Ubuntu's did so before, with the key of shim-signed.
dkms_signs()
{
	major=$(dkms --version 2>/dev/null | sed -n 's/^dkms[-: ]*\([0-9]*\).*/\1/p')
	[ "${major:-0}" -ge 3 ] || [ "$family" = ubuntu ]
}

enrol_hints()
{
	if ! command -v mokutil >/dev/null 2>&1; then
		install_hint mokutil mokutil mokutil
	fi
	hint "mokutil --import $1"
	hint 'reboot'
	hint '(mokutil asks for a password, the blue screen at the next start for the same one:'
	hint 'choose "Enroll MOK" there)'
}

# What to run when there is no key, or the module was built before there was one.
sign_hints()
{
	version=$(sed -n 's/^version=//p' "$lib/version" 2>/dev/null)
	module=khttpd/${version:-$(modinfo -F version khttpd 2>/dev/null)}
	if dkms_signs; then
		command -v openssl >/dev/null 2>&1 || install_hint openssl openssl openssl
		hint "dkms remove $module --all"
		hint "dkms install $module"
		enrol_hints "${1:-/var/lib/dkms/mok.pub}"
		return
	fi
	hint 'this dkms signs nothing: make a key once, and sign each time the module is built'
	hint 'openssl req -new -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=khttpd/' \
		'-outform DER -keyout /root/khttpd.key -out /root/khttpd.der'
	hint "/lib/modules/$release/build/scripts/sign-file sha256 /root/khttpd.key" \
		"/root/khttpd.der ${built:-/lib/modules/$release/updates/dkms/khttpd.ko}"
	enrol_hints /root/khttpd.der
}

enrolled()
{
	command -v mokutil >/dev/null 2>&1 && mokutil --test-key "$base$1" 2>/dev/null |
		grep -q 'already enrolled'
}

doctor_signature()
{
	if ! secure_boot && ! enforced; then
		good 'the kernel loads modules of any signature'
		return
	fi
	signer=$(modinfo -k "$release" -F signer khttpd 2>/dev/null)
	key=$(signing_key)
	if [ -n "$signer" ] && [ -n "$key" ] && enrolled "$key"; then
		good "khttpd is signed by $signer, whose key is enrolled"
		return
	fi
	[ -z "$signer" ] || signer="signed by $signer, whose key is not enrolled"
	problem "the kernel takes only signed modules (Secure Boot or lockdown), and khttpd is" \
		"${signer:-not signed}"
	if [ -n "$signer" ] && [ -n "$key" ]; then
		enrol_hints "$key"
	else
		sign_hints "$key"
	fi
}

# Files are opened as nobody: each folder on the way must let others through, links followed.
doctor_docroot()
{
	real=$(readlink -f "$docroot")
	path=$real
	while [ "$path" != / ]; do
		case $(stat -c %A "$path") in
		*x | *t) ;;
		*) problem "$path is closed to others, so khttpd (as nobody) gets no file below it"
			hint "chmod o+x $path" ;;
		esac
		path=$(dirname "$path")
	done
	index=$(readlink -f "$real/$(value_of index)")
	[ -f "$index" ] || return 0
	case $(stat -c %A "$index") in
	*r-? | *rw?) ;;
	*) problem "$index is not readable by others, so khttpd (as nobody) does not serve it"
		hint "chmod o+r $index" ;;
	esac
}

doctor_config()
{
	if parameters=$(parse_config); then
		good "$conf has no mistakes"
	else
		problem "$conf cannot be used: see above"
		return
	fi
	if ! check_docroot; then
		problem 'the document root is missing'
	elif [ -n "$docroot" ] && [ -d "$docroot" ]; then
		doctor_docroot
	elif [ -n "$docroot" ] && [ -z "$line" ]; then
		good "there is no $docroot, so the built-in page is served"
	fi
}

# The first listener on the port that is in the way of an address of bind=.
port_holder()
{
	ss -Hltnp "sport = :$port" 2>/dev/null | awk -v bind="$(value_of bind)" '
		BEGIN {
			count = split(bind, part, /[ ,]+/)
			for (i = 1; i <= count; i++) {
				wanted[part[i]] = 1
				everywhere = everywhere || part[i] ~ /^(\*|0\.0\.0\.0|::)$/
			}
		}
		{
			local = $4
			sub(/:[0-9]+$/, "", local)
			sub(/%.*/, "", local)
			gsub(/[][]/, "", local)
			if (everywhere || local ~ /^(\*|0\.0\.0\.0|::)$/ || local in wanted) {
				print
				exit
			}
		}'
}

doctor_port()
{
	port=$(value_of port)
	[ -n "$port" ] || return 0
	if ! command -v ss >/dev/null 2>&1; then
		hint 'ss (package iproute2) would say who has the port'
		return
	fi
	if is_loaded && [ "$(status_value port)" = "$port" ]; then
		good "port $port is served by khttpd"
		return
	fi
	holder=$(port_holder)
	if [ -z "$holder" ]; then
		good "port $port is free"
		return
	fi
	who=$(printf '%s\n' "$holder" | sed -n 's/.*users:((\(.*\)).*/\1/p')
	problem "port $port is taken by ${who:-another process (run as root to see which)}"
	hint "stop it, or set another port in $conf"
}

# Those kernels leave packets to ksoftirqd once it runs, which then waits for a CPU as any process
# does. 6.12 was measured and does not; those between were not.
leaves_packets_to_ksoftirqd()
{
	major=${release%%.*}
	minor=${release#*.}
	minor=${minor%%[!0-9]*}
	[ "$major" -lt 6 ] || { [ "$major" -eq 6 ] && [ "${minor:-0}" -lt 12 ]; }
}

# Not a fault: whether somebody wants it is a matter of what else the machine does.
doctor_overload()
{
	leaves_packets_to_ksoftirqd || return 0
	if ps -eo cls=,comm= 2>/dev/null | grep -q '^ *FF  *ksoftirqd/'; then
		good 'packets are received at real-time priority'
		return
	fi
	printf 'advice   %s\n' 'requests wait where processes want more than the CPUs can give; with this'
	hint 'they do not, until the next boot:'
	hint 'for thread in $(pgrep ^ksoftirqd/); do chrt --fifo --pid 1 $thread; done'
}

doctor()
{
	release=$(uname -r)
	family=$(family)
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
	doctor_overload
	if [ "$problems" -eq 0 ]; then
		echo 'no problem found'
		return 0
	fi
	echo "$problems problem(s) found"
	exit 1
}

# What modprobe said, and what to do; returns the status to exit with.
explain_modprobe()
{
	warn "the module could not be loaded: $1"
	log_since_mark >&2
	case $1 in
	*'not found'*)
		warn "khttpd is not built for kernel $(uname -r); headers missing or the build" \
			"failed: run \`khttpdctl doctor'"
		return $unavailable ;;
	*'Key was rejected'* | *'Required key not available'*)
		warn 'Secure Boot is on and the key that signed khttpd is not enrolled:' \
			'`khttpdctl doctor'"' prints the commands"
		return $no_permission ;;
	*'Operation not permitted'* | *'Permission denied'*)
		if locked_down; then
			warn 'the kernel is locked down (Secure Boot or lockdown=) and takes only' \
				'modules signed with an enrolled key: run `khttpdctl doctor'"'"
		fi
		return $no_permission ;;
	*'Exec format error'* | *'Invalid module format'* | *'disagrees about version'*)
		warn 'khttpd was built for another kernel: run `khttpdctl doctor'"'"
		return $unavailable ;;
	*'in use'*) warn 'the port is taken: `khttpdctl doctor'"' says by whom" ;;
	esac
	return $os_error
}
