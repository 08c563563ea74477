-- SPDX-License-Identifier: MIT OR GPL-2.0-only
-- `-- PREFIX COUNT random` asks for PREFIX00/00000.html and on, in an order that is the same in every
-- run; `sequential` instead asks for each in turn. The requests are made beforehand.
function init(args)
	last = tonumber(args[2])
	requests = {}
	for i = 1, last do
		requests[i] = wrk.format(nil, string.format("%s%02d/%05d.html", args[1],
			(i - 1 - (i - 1) % 1000) / 1000, i - 1))
	end
	math.randomseed(1)
	random = math.random
	at = 0
	if args[3] == "sequential" then
		random = function()
			at = at % last + 1
			return at
		end
	end
end

function request()
	return requests[random(last)]
end
