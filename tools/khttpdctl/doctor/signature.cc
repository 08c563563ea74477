// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <fmt/format.h>

#include "doctor/patient.h"
#include "machine/program.h"

namespace khttpdctl {

namespace {

constexpr const char *kOwnKey = "/var/lib/dkms/mok.pub";

bool contains(const std::string &text, const char *part)
{
	return text.find(part) != text.npos;
}

// Whether the kernel takes signed modules only.
bool is_enforced(const Machine &machine)
{
	const std::string modes = machine.text_of("/sys/kernel/security/lockdown");

	return contains(run_program({"mokutil", "--sb-state"}).text, "SecureBoot enabled") ||
	       contains(machine.text_of("/sys/module/module/parameters/sig_enforce"), "Y") ||
	       contains(modes, "[integrity]") || contains(modes, "[confidentiality]");
}

std::string signing_key(const Machine &machine)
{
	for (const char *key : {kOwnKey, "/var/lib/shim-signed/mok/MOK.der",
				"/etc/pki/akmods/certs/public_key.der"}) {
		if (machine.has(key))
			return key;
	}
	return "";
}

bool is_enrolled(const Machine &machine, const std::string &key)
{
	return contains(run_program({"mokutil", "--test-key", machine.path(key)}).text,
			"already enrolled");
}

// dkms has signed by itself since 3.0; Ubuntu's did so before, with the key of shim-signed.
bool dkms_signs(const Patient &patient)
{
	const std::string version = run_program({"dkms", "--version"}).text;
	const size_t digit = version.find_first_of("0123456789");

	return patient.family == Family::ubuntu ||
	       (digit != version.npos &&
		(version[digit] >= '3' || version.find('.', digit) > digit + 1));
}

void enrol_hints(const Patient &patient, const std::string &key)
{
	if (!has_program("mokutil"))
		patient.install_hint("mokutil", "mokutil", "mokutil");
	patient.hint("mokutil --import " + key);
	patient.hint("reboot");
	patient.hint("(mokutil asks for a new password; the blue screen at the next boot asks for "
		     "it again:");
	patient.hint("choose \"Enroll MOK\" there)");
}

// What to run when there is no key, or the module was built before there was one.
void sign_hints(const Patient &patient, const std::string &key)
{
	const std::string version = patient.about_module("version");
	const std::string module = "khttpd/" + (version.empty() ? KHTTPD_VERSION : version);
	const std::string file = patient.about_module("filename");

	if (dkms_signs(patient)) {
		if (!has_program("openssl"))
			patient.install_hint("openssl", "openssl", "openssl");
		patient.hint(fmt::format("dkms remove {} --all", module));
		patient.hint("dkms install " + module);
		enrol_hints(patient, key.empty() ? kOwnKey : key);
		return;
	}
	patient.hint(
		"this dkms does not sign modules: create a key once, and sign after each build");
	patient.hint("openssl req -new -x509 -newkey rsa:2048 -nodes -days 3650 -subj /CN=khttpd/ "
		     "-outform DER -keyout /root/khttpd.key -out /root/khttpd.der");
	patient.hint(fmt::format("/lib/modules/{}/build/scripts/sign-file sha256 /root/khttpd.key "
				 "/root/khttpd.der {}",
				 patient.release,
				 file.empty() ?
					 fmt::format("/lib/modules/{}/updates/dkms/khttpd.ko",
						     patient.release) :
					 file));
	enrol_hints(patient, "/root/khttpd.der");
}

} // namespace

void look_at_signature(Patient &patient)
{
	const std::string signer = patient.about_module("signer");
	const std::string key = signing_key(patient.machine);
	const bool signed_by_key = !signer.empty() && !key.empty();

	if (!is_enforced(patient.machine)) {
		patient.good("the kernel loads modules with any signature or none");
		return;
	}
	if (signed_by_key && is_enrolled(patient.machine, key)) {
		patient.good(fmt::format("khttpd is signed by {}, whose key is enrolled", signer));
		return;
	}
	patient.problem(fmt::format(
		"the kernel accepts only signed modules (Secure Boot or lockdown), but khttpd is "
		"{}",
		signer.empty() ? "not signed" :
				 fmt::format("signed by {}, whose key is not enrolled", signer)));
	if (signed_by_key)
		enrol_hints(patient, key);
	else
		sign_hints(patient, key);
}

} // namespace khttpdctl
