-- SPDX-License-Identifier: MIT OR GPL-2.0-only
-- Sixteen requests at a time on each connection, or COUNT of them (`-- COUNT`).
function init(args)
	local requests = {}
	for i = 1, tonumber(args[1] or 16) do
		requests[i] = wrk.format()
	end
	batch = table.concat(requests)
end

function request()
	return batch
end
