# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Reads the module's own description of its parameters (`modinfo -p`, while reading=module), then a
# khttpd.conf (while reading=file, its name in `conf`); reports mistakes as FILE:LINE: TEXT on standard
# error, and prints every parameter as: name TAB set|default TAB live|load TAB value.
# A value is printed as the module takes it, whether it comes from the file or is the default.

function complain(line, text)
{
	printf "%s:%d: %s\n", conf, line, text | "cat 1>&2"
	errors++
}

# As complain(), but the file is as good without the line.
function remark(line, text)
{
	printf "%s:%d: warning: %s\n", conf, line, text | "cat 1>&2"
}

function trim(text)
{
	sub(/^[ \t]+/, "", text)
	sub(/[ \t\r]+$/, "", text)
	return text
}

# One line of modinfo: NAME:TEXT [TYPE MIN..MAX UNIT, default D (load)]
function learn(line,    name, inside, comma, limits, words, count)
{
	name = substr(line, 1, index(line, ":") - 1)
	if (!match(line, /\[(uint|bool|string|addresses|path|routes|pages|codings)[ ,].*\]/))
		return
	inside = substr(line, RSTART + 1, RLENGTH - 2)
	comma = index(inside, ", default")
	limits = substr(inside, 1, comma - 1)
	inside = trim(substr(inside, comma + length(", default")))
	scope[name] = sub(/ *\(load\)$/, "", inside) ? "load" : "live"
	names[++known] = name
	fallback[name] = inside
	count = split(limits, words, / /)
	type[name] = words[1]
	low[name] = high[name] = unit[name] = ""
	if (count > 1 && words[2] ~ /^[0-9]+\.\.[0-9]+$/) {
		low[name] = words[2] + 0
		high[name] = substr(words[2], index(words[2], "..") + 2) + 0
		if (count > 2)
			unit[name] = words[3]
	}
}

function least(a, b, c)
{
	if (b < a)
		a = b
	return c < a ? c : a
}

# Edit distance, to suggest the name that was meant.
function distance(a, b,    i, j, d, cost)
{
	for (i = 0; i <= length(a); i++)
		d[i, 0] = i
	for (j = 0; j <= length(b); j++)
		d[0, j] = j
	for (i = 1; i <= length(a); i++)
		for (j = 1; j <= length(b); j++) {
			cost = substr(a, i, 1) != substr(b, j, 1)
			d[i, j] = least(d[i - 1, j] + 1, d[i, j - 1] + 1, d[i - 1, j - 1] + cost)
		}
	return d[length(a), length(b)]
}

function suggestion(name,    i, best, candidate, near)
{
	best = length(name) < 4 ? 2 : length(name) < 8 ? 3 : 4
	for (i = 1; i <= known; i++) {
		near = distance(name, names[i])
		if (near < best) {
			best = near
			candidate = names[i]
		}
	}
	return candidate == "" ? "" : "; did you mean " candidate "?"
}

function is_ipv4(text,    parts, i)
{
	if (text !~ /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/)
		return 0
	split(text, parts, ".")
	for (i = 1; i <= 4; i++)
		if (parts[i] > 255 || length(parts[i]) > 3 || parts[i] ~ /^0./)
			return 0
	return 1
}

function is_ipv6(text,    groups, count, i, gaps, colon, used)
{
	if (text !~ /:/ || text !~ /^[0-9A-Fa-f:.]+$/ || text ~ /:::/)
		return 0
	if (text ~ /\./) {
		for (colon = length(text); substr(text, colon, 1) != ":"; colon--)
			;
		if (!is_ipv4(substr(text, colon + 1)))
			return 0
		text = substr(text, 1, colon) "0:0"
	}
	gaps = gsub(/::/, ":@:", text)
	sub(/^:@/, "@", text)
	sub(/@:$/, "@", text)
	count = split(text, groups, ":")
	for (i = 1; i <= count; i++) {
		if (groups[i] == "@")
			continue
		if (groups[i] !~ /^[0-9A-Fa-f]+$/ || length(groups[i]) > 4)
			return 0
		used++
	}
	return gaps == 0 ? used == 8 : gaps == 1 && used < 8
}

# As many as the module takes (KH_ADDRESSES).
function bad_address(list,    parts, count, i, one)
{
	count = split(list, parts, ",")
	if (count > 16)
		return "more than 16 addresses"
	for (i = 1; i <= count; i++) {
		one = trim(parts[i])
		if (one != "*" && !is_ipv4(one) && !is_ipv6(one))
			return (one == "" ? "(empty)" : one) " is not an IPv4 or IPv6 address, nor *"
	}
	return ""
}

# Takes a text apart at blanks, but not between single quotes; returns how many words there are.
function split_words(text, words,    count, i, start, size)
{
	size = length(text)
	for (i = 1; i <= size; ) {
		if (substr(text, i, 1) == " ") {
			i++
			continue
		}
		start = i
		if (substr(text, i, 1) == "'")
			for (i++; i <= size && substr(text, i, 1) != "'"; i++)
				if (substr(text, i, 1) == "\\")
					i++
		while (i <= size && substr(text, i, 1) != " ")
			i++
		words[++count] = substr(text, start, i - start)
	}
	return count + 0
}

# What a route cannot give with a status, or nothing.
function bad_status(status)
{
	if (status !~ /^[0-9]+$/ || status + 0 < 200 || status + 0 > 599)
		return "is out of range: 200..599"
	if (status == 206 || status == 416)
		return "answers a Range field, as files do: take " (status == 206 ? 200 : 404)
	if (status == 304)
		return "answers a condition of the request, as files do: take 200"
	if (status == 401)
		return "wants a challenge (WWW-Authenticate), and nobody here would check the " \
			"password that it asks for: take 403"
	if (status == 405)
		return "wants the methods that are allowed (Allow), and routes answer GET: " \
			"take 403 or 404"
	if (status == 407)
		return "is for proxies, and wants Proxy-Authenticate: take 403"
	if (status == 426)
		return "wants a protocol to change to (Upgrade), and there is no other here: take 403"
	if (status !~ /^(20[0-5]|30[12378]|[45][0-9][0-9])$/)
		return "is none that a route can give: content goes with 200 to 203 and 400 to 599, " \
			"an address with 301, 302, 303, 307 and 308"
	return ""
}

# Whether the module takes a text as a URI or a path of one.
function is_location(text,    rest)
{
	rest = text
	if (sub(/^(https?:)?\/\/(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]+)(:[0-9]*)?/, "", rest)) {
		if (rest !~ /^([\/?#]|$)/)
			return 0
	} else if (text !~ /^\// || text ~ /^\/\//) {
		return 0
	}
	gsub(/%[0-9A-Fa-f][0-9A-Fa-f]/, "", rest)
	return rest ~ /^[A-Za-z0-9._~:\/?#@!$&'()*+,;=-]*$/ && rest !~ /#.*#/
}

# As RFC 9110 section 8.3.1 has it; a quoted string cannot stand in a parameter.
function is_media_type(text,    token)
{
	token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
	return text ~ ("^" token "/" token "(;" token "=" token ")*$") && length(text) <= 127
}

# What is wrong with what stands behind the status of a route of COUNT words.
function bad_reply(words, at, count,    status, retry, last)
{
	status = words[at + 2]
	last = words[at + 4]
	if (status ~ /^20[45]$/)
		return count == 2 ? "" : "after " status " comes nothing, as it has no content"
	if (status ~ /^30[12378]$/) {
		if (count != 3)
			return "after " status " comes an address"
		return is_location(words[at + 3]) ? "" : words[at + 3] " is not an address: " \
			"it begins with /, http://HOST or https://HOST, and what no URI has in it " \
			"is escaped (%20)"
	}
	retry = status ~ /^(413|429|503)$/
	if (count < 4 || count > 4 + retry)
		return "after " status " comes a type, " (retry ? \
			"'TEXT' or file:/NAME, and perhaps retry=SECONDS" : "and 'TEXT' or file:/NAME")
	if (count == 5 && (words[at + 5] !~ /^retry=[0-9]+$/ || substr(words[at + 5], 7) + 0 < 1 ||
			   substr(words[at + 5], 7) + 0 > 31536000))
		return words[at + 5] " is not retry=SECONDS: 1..31536000"
	if (!is_media_type(words[at + 3]))
		return words[at + 3] " is not a media type: TYPE/SUBTYPE, or with ;NAME=VALUE"
	return last ~ /^(file:\/.+|'.*')$/ ? "" : last " is neither file:/NAME nor 'TEXT'"
}

# What is wrong with a route of COUNT words behind words[AT].
function bad_route(words, at, count,    path, status, what)
{
	path = words[at + 1]
	status = words[at + 2]
	if (count == 0)
		return "is empty"
	if (path !~ /^\// || path ~ /[?#]/)
		return path " is not a path"
	if (count == 1)
		return "has no status"
	what = bad_status(status)
	return what == "" ? bad_reply(words, at, count) : "status " status " " what
}

function bad_routes(text,    words, count, i, begin, number, seen, what)
{
	if (text == "")
		return ""
	count = split_words(text, words)
	for (i = 1; i <= count + 1; i++) {
		if (i <= count && words[i] != ";")
			continue
		number++
		what = bad_route(words, begin + 0, i - 1 - begin)
		if (what == "" && words[begin + 1] in seen)
			what = words[begin + 1] " has a route already"
		if (what != "")
			return "entry " number ": " what
		seen[words[begin + 1]] = 1
		begin = i
	}
	return ""
}

function bad_pages(text,    words, count, i, status, seen)
{
	count = split_words(text, words)
	for (i = 1; i <= count; i++) {
		if (words[i] !~ /^(403|404|500|503)=\/./)
			return words[i] " is not STATUS=/NAME for 403, 404, 500 or 503"
		status = substr(words[i], 1, 3)
		if (status in seen)
			return words[i] ": the status has a page already"
		seen[status] = 1
	}
	return ""
}

function bad_codings(text,    words, count, i, seen)
{
	count = split_words(text, words)
	for (i = 1; i <= count; i++) {
		if (words[i] !~ /^(zstd|br|gzip)$/ || words[i] in seen)
			return words[i] " is none of zstd, br and gzip, once each and separated by blanks"
		seen[words[i]] = 1
	}
	return ""
}

# The text of what is wrong with VALUE for NAME, or nothing.
function fault(name, value,    range, size)
{
	range = low[name] ".." high[name] (unit[name] == "" ? "" : " " unit[name])
	if (type[name] == "uint") {
		if (value !~ /^[0-9]+$/)
			return name "=" value " is not a number: " range
		if (value + 0 < low[name] || value + 0 > high[name] || length(value) > 10)
			return name "=" value " is out of range: " range
		return ""
	}
	if (type[name] == "bool")
		return value ~ /^[01]$/ ? "" : name "=" value " is neither on (1) nor off (0)"
	size = length(value)
	if (low[name] != "" && (size < low[name] || size > high[name]))
		return name " has " size " bytes, out of range: " range
	if (value ~ /"/)
		return name " contains a double quote, which module parameters cannot carry"
	if (value ~ /[\001-\037\177]/)
		return name " contains a control character"
	if (type[name] == "addresses" && (range = bad_address(value)) != "")
		return name ": " range
	if (type[name] == "routes" && (range = bad_routes(value)) != "")
		return name ": " range
	if (type[name] == "codings" && (range = bad_codings(value)) != "")
		return name ": " range
	if (type[name] == "pages" && (range = bad_pages(value)) != "")
		return name ": " range
	if (name == "charset" && value !~ /^[!#$%&'*+.^_`|~0-9A-Za-z-]*$/)
		return "charset=" value " is not a word such as utf-8"
	if (type[name] == "path" && value != "" && value !~ /^\//)
		return name "=" value " is not an absolute path"
	return ""
}

function boolean(value,    lower)
{
	lower = tolower(value)
	if (lower ~ /^(on|yes|true|y)$/)
		return 1
	if (lower ~ /^(off|no|false|n)$/)
		return 0
	return value
}

function assign(line, text,    equals, name, value, text_of_fault)
{
	equals = index(text, "=")
	name = trim(equals ? substr(text, 1, equals - 1) : text)
	if (!equals) {
		complain(line, "expected `name = value', found `" name "'")
		return
	}
	value = trim(substr(text, equals + 1))
	if (value ~ /^".*"$/ && length(value) > 1)
		value = substr(value, 2, length(value) - 2)
	if (name == "") {
		complain(line, "no name before `='")
	} else if (name in removed && !(name in type)) {
		remark(line, name " is no parameter any more and changes nothing: " removed[name])
	} else if (!(name in type)) {
		complain(line, "unknown parameter `" name "'" suggestion(name))
	} else if (name in where) {
		complain(line, name " is set twice, first in line " where[name])
	} else {
		where[name] = line
		if (type[name] == "bool")
			value = boolean(value)
		if ((text_of_fault = fault(name, value)) != "")
			complain(line, text_of_fault)
		setting[name] = value
	}
}

function current(name)
{
	return name in where ? setting[name] : fallback[name]
}

# NAME must not exceed LIMIT; said where one of them was set.
function not_above(name, limit,    line)
{
	if (!(name in type) || !(limit in type) || !(name in where || limit in where))
		return
	if (current(name) + 0 <= current(limit) + 0)
		return
	line = name in where ? where[name] : where[limit]
	complain(line, name "=" current(name) (name in where ? "" : " (its default)") \
		" is more than " limit "=" current(limit) (limit in where ? "" : " (its default)"))
}

# NAME was set to a text that speaks of files, which only a document root can have.
function needs_docroot(name, pattern)
{
	if (name in where && setting[name] ~ pattern && current("docroot") == "")
		complain(where[name], name ": files need docroot")
}

# A file that was written for an earlier version must not keep the server from starting.
BEGIN {
	FS = "\n"
	removed["relaxed_targets"] = "targets are always taken as clients send them"
}

reading == "module" {
	learn($0)
	next
}

{
	if ($0 ~ /^[ \t]*(#|\r?$)/)
		next
	assign(FNR, $0)
}

END {
	if (!errors) {
		not_above("max_target_size", "max_header_size")
		if (current("cache_size") + 0 > 0)
			not_above("cache_max_file", "cache_size")
		needs_docroot("routes", " file:/")
		needs_docroot("error_pages", "/")
		if ("max_connections" in where && "max_connections_per_address" in where)
			not_above("max_connections_per_address", "max_connections")
	}
	for (i = 1; !errors && i <= known; i++) {
		name = names[i]
		printf "%s\t%s\t%s\t%s\n", name, name in where ? "set" : "default", \
			scope[name], current(name)
	}
	close("cat 1>&2")
	exit errors > 0
}
