# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=sh disable=SC2154 # the variables are khttpdctl_test.sh's
# What `khttpdctl doctor' finds, on a machine that is a directory: $work/root. Sourced by
# khttpdctl_test.sh.

release=$(uname -r)
headers=$work/root/lib/modules/$release/build

# stub_modinfo VERMAGIC [SIGNER]: what the module's file, if it is built, says of itself.
stub_modinfo()
{
	stub modinfo <<END
case "\$*" in
*'-F filename'*) echo /lib/modules/$release/updates/dkms/khttpd.ko ;;
*'-F version'*) echo 0.1.0 ;;
*'-F vermagic'*) echo '$1' ;;
*'-F signer'*) echo '${2-}' ;;
'-p '*) cat "$work/description" ;;
esac
END
}

# A machine without a fault: headers, compiler, module, site, free port; Debian, no Secure Boot.
sound_machine()
{
	rm -rf "$work/root" "$work/sys"
	mkdir -p "$headers/include/config" "$work/root/etc" "$work/root/site" \
		"$work/root/sys/kernel/security"
	chmod 755 "$work" "$work/root" "$work/root/site"
	: > "$headers/Makefile"
	echo CONFIG_GCC_VERSION=120200 > "$headers/include/config/auto.conf"
	echo 'ID=debian' > "$work/root/etc/os-release"
	echo page > "$work/root/site/index.html"
	chmod 644 "$work/root/site/index.html"
	stub_modinfo "$release SMP mod_unload"
	stub g++-12 <<END
echo 12
END
	stub dkms <<END
echo dkms-3.0.10
END
	stub ss < /dev/null
	stub mokutil < /dev/null
	conf <<END
docroot = $work/root/site
END
}

# finds NAME PATTERN: the doctor names the one fault of the machine.
finds()
{
	ctl doctor
	expect "doctor: $1" 1 out "^PROBLEM  .*$2"
	status=0
	grep -q '^1 problem' "$work/out" || status=1
	expect "doctor: $1: and nothing else" 0
}

# hints NAME COMMAND: a line that is this command and nothing more.
hints() { expect "doctor: $1" "$status" out "^         $2\$"; }

test_doctor_build()
{
	sound_machine
	ctl doctor
	expect 'doctor: a sound machine' 0 out '^no problem found'
	rm "$headers/Makefile"
	finds 'no headers' "headers of kernel $release are missing"
	hints 'their package' "apt install linux-headers-$release"
	echo 'ID=almalinux ID_LIKE="rhel fedora"' | tr ' ' '\n' | sed 's/^fedora"//; s/="rhel/=rhel/' \
		> "$work/root/etc/os-release"
	finds 'no headers, on another family' 'headers'
	hints 'their package there' "dnf install kernel-devel-$release"

	sound_machine
	echo CONFIG_GCC_VERSION=990100 > "$headers/include/config/auto.conf"
	finds 'no compiler of the version' 'GCC 99, and no C\+\+ compiler'
	hints 'its package' 'apt install g\+\+-99'

	sound_machine
	mkdir -p "$work/root/lib/modules/5.0/updates" "$work/root/var/lib/dkms/khttpd/1/build"
	: > "$work/root/lib/modules/5.0/updates/khttpd.ko.xz"
	: > "$work/root/var/lib/dkms/khttpd/1/build/make.log"
	stub modinfo <<END
[ "\$1" != -p ] || cat "$work/description"
[ "\$1" != -p ]  && exit 1
END
	export KHTTPD_MODULE=khttpd
	finds 'not built' "khttpd is not built for kernel $release"
	hints 'how to build it' "dkms autoinstall -k $release"
	expect 'doctor: where it is built for another' "$status" out 'another kernel: .*/5.0/updates/khttpd'
	expect 'doctor: the log of the build' "$status" out 'log of the last failed build is .*make.log'
	unset KHTTPD_MODULE

	sound_machine
	stub_modinfo '5.0 SMP'
	finds 'built for another kernel' "built for kernel 5.0, this is $release"
}

test_doctor_signature()
{
	sound_machine
	echo 'none [integrity] confidentiality' > "$work/root/sys/kernel/security/lockdown"
	finds 'not signed' 'takes only signed modules .* not signed'
	hints 'build again' 'dkms install khttpd/0.1.0'
	hints 'the key that then is' 'mokutil --import /var/lib/dkms/mok.pub'
	stub dkms <<END
echo 'dkms: 2.8.4'
END
	finds 'not signed, by a dkms that cannot' 'not signed'
	expect 'doctor: a key' "$status" out '^         openssl req -new -x509 .* -out /root/khttpd.der$'
	expect 'doctor: a signature' "$status" out \
		"^         /lib/modules/$release/build/scripts/sign-file sha256 .*/khttpd.ko$"
	hints 'the key made by hand' 'mokutil --import /root/khttpd.der'

	sound_machine
	stub_modinfo "$release SMP" 'DKMS module signing key'
	stub mokutil <<END
[ "\$1" != --sb-state ] || echo SecureBoot enabled
[ "\$1" != --test-key ] || cat "$work/enrolled"
END
	: > "$work/enrolled"
	mkdir -p "$work/root/var/lib/dkms"
	: > "$work/root/var/lib/dkms/mok.pub"
	finds 'a key that is not enrolled' 'signed by DKMS module signing key, whose key is not'
	hints 'to enrol it' 'mokutil --import /var/lib/dkms/mok.pub'
	echo 'mok.pub is already enrolled' > "$work/enrolled"
	ctl doctor
	expect 'doctor: a key that is enrolled' 0 out 'whose key is enrolled'
}

test_doctor_site()
{
	sound_machine
	chmod 700 "$work/root/site"
	finds 'a closed document root' 'site is closed to others'
	hints 'to open it' "chmod o\+x $work/root/site"
	ln -s "$work/root/site" "$work/root/link"
	conf <<END
docroot = $work/root/link
END
	finds 'a closed document root behind a link' 'site is closed to others'
	chmod 755 "$work/root/site"
	chmod 640 "$work/root/site/index.html"
	finds 'a first page that others cannot read' 'index.html is not readable by others'
	sound_machine
	conf < /dev/null
	ctl doctor
	expect 'doctor: no default document root' 0 out 'there is no .*/www, so the built-in page is served'
	sound_machine
	echo 'prot = 1' >> "$work/conf"
	finds 'mistakes in the configuration' 'cannot be used'
}

listens()
{
	stub ss <<END
echo 'LISTEN 0 128 $1 0.0.0.0:* users:(("nginx",pid=17,fd=3))'
END
}

test_doctor_port()
{
	sound_machine
	listens '0.0.0.0:8081'
	finds 'a port that is taken' 'port 8081 is taken by "nginx",pid=17'
	listens '[::1]:8081'
	finds 'taken on one of all addresses' 'port 8081 is taken'
	echo 'bind = 127.0.0.1' >> "$work/conf"
	ctl doctor
	expect 'doctor: taken on another address' 0 out 'port 8081 is free'
	echo 'LISTEN 0 1 127.0.0.1%lo:8081 *:*' > "$work/listening"
	stub ss <<END
cat "$work/listening"
END
	finds 'taken on the same address, by whom is not said' 'taken by another process'

	# A reload was refused: the module serves another port than the file says.
	loaded
	echo 'port 9000' > "$work/proc/status"
	finds 'a port that a reload could not get' 'port 8081 is taken'
	echo 'port 8081' > "$work/proc/status"
	ctl doctor
	expect 'doctor: the port is ours' 0 out 'port 8081 is served by khttpd'
}

# stub_uname RELEASE: the kernel that runs.
stub_uname()
{
	stub uname <<END
case "\$*" in
-r) echo $1 ;;
*) exec /usr/bin/uname "\$@" ;;
esac
END
}

# A kernel that leaves packets to ksoftirqd, and one that does not.
test_doctor_overload()
{
	kept=$release
	for release in 5.10.0-46-amd64 6.1.0-56-amd64 6.12.1-amd64 7.2-amd64; do
		stub_uname "$release"
		headers=$work/root/lib/modules/$release/build
		sound_machine
		stub ps <<END
echo ' TS ksoftirqd/0'
END
		ctl doctor
		case $release in
		5.* | 6.1.*)
			expect "doctor: advice for overload on $release" 0 out '^advice   requests wait'
			hints "the command for $release" 'for thread in .*ksoftirqd/.*chrt --fifo.*' ;;
		*)
			status=1
			grep -q '^advice' "$work/out" || status=0
			expect "doctor: no advice for overload on $release" 0 ;;
		esac
	done
	release=6.1.0-56-amd64
	headers=$work/root/lib/modules/$release/build
	stub_uname "$release"
	sound_machine
	stub ps <<END
echo ' FF ksoftirqd/0'
END
	ctl doctor
	expect 'doctor: the advice is taken' 0 out '^ok .*real-time priority'
	rm "$work/bin/uname" "$work/bin/ps"
	release=$kept
	headers=$work/root/lib/modules/$release/build
}

test_doctor()
{
	test_doctor_build
	test_doctor_signature
	test_doctor_site
	test_doctor_port
	test_doctor_overload
	sound_machine
}
