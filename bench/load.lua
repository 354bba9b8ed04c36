-- The load for wrk. BENCH_REQUESTS names a file of whole requests, separated by NUL, that are sent in turn. "NNNNNNNN"
-- within one is replaced by the next number of eight digits, from BENCH_FIRST on. BENCH_TAKEN names a file for the ids
-- of the comments that were acknowledged. The last line printed is what was measured, as JSON.

local requests = {}
local file = assert(io.open(os.getenv("BENCH_REQUESTS"), "rb"))
for request in file:read("*a"):gmatch("%Z+") do
  requests[#requests + 1] = request
end
file:close()

local number = tonumber(os.getenv("BENCH_FIRST") or "0")
local turn = 0
local is_numbered = requests[1]:find("NNNNNNNN", 1, true) ~= nil

if #requests == 1 and not is_numbered then
  -- wrk makes this one once and sends it again and again, without asking here.
  wrk.format = function()
    return requests[1]
  end
else
  function request()
    turn = turn % #requests + 1
    if not is_numbered then
      return requests[turn]
    end
    number = number + 1
    return (requests[turn]:gsub("NNNNNNNN", string.format("%08d", number)))
  end
end

if os.getenv("BENCH_TAKEN") then
  local taken = assert(io.open(os.getenv("BENCH_TAKEN"), "ab"))
  -- What was acknowledged is written at once: wrk ends without closing anything.
  taken:setvbuf("no")
  function response(status, headers, body)
    if status == 201 then
      taken:write(body:match('"id": ?"(%w+)"') or "an acknowledgement without an id", "\n")
    end
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "bytes": %d, "p50": %.6f, "p99": %.6f, "failed": %d, "refused": %d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    latency:percentile(50) / 1e6, latency:percentile(99) / 1e6,
    errors.connect + errors.read + errors.write + errors.timeout, errors.status))
end
