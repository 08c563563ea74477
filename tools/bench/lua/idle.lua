-- SPDX-License-Identifier: MIT OR GPL-2.0-only
-- One request on each connection, then nothing: `-- COUNT` connections stay open and idle.
function init(args)
	left = tonumber(args[1])
end

function delay()
	left = left - 1
	return left >= 0 and 0 or 3600000
end
