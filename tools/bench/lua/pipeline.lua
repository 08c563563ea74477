-- SPDX-License-Identifier: MIT OR GPL-2.0-only
-- Sixteen requests at a time on each connection.
function init(args)
	local requests = {}
	for i = 1, 16 do
		requests[i] = wrk.format()
	end
	batch = table.concat(requests)
end

function request()
	return batch
end
