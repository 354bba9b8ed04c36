-- The load of bench/soak.py for wrk: SOAK_KIND is read or post, over SOAK_THREADS articles. The last line printed is what
-- was answered, as JSON: how many of each status, and how many refusals did not say when to come back.

local is_post = os.getenv("SOAK_KIND") == "post"
local articles = tonumber(os.getenv("SOAK_THREADS"))
local number = tonumber(os.getenv("SOAK_FIRST") or "0")
local taken = os.getenv("SOAK_TAKEN") and assert(io.open(os.getenv("SOAK_TAKEN"), "ab"))
local all = {}
statuses, bare = {}, 0

function setup(thread)
  all[#all + 1] = thread
end

function request()
  number = number + 1
  local article = "https://soak.example/" .. number % articles
  if not is_post then
    return wrk.format("GET", "/api/v1/sites/soak/thread?url=" .. article, { ["Accept-Encoding"] = "gzip" })
  end
  local body = string.format('{"url": "%s", "name": "Rita", "body": "Word number %d, *as I say*."}', article, number)
  return wrk.format("POST", "/api/v1/sites/soak/comments",
    { ["Content-Type"] = "application/json", ["Origin"] = "https://soak.example" }, body)
end

function response(status, headers, body)
  statuses[status] = (statuses[status] or 0) + 1
  if (status == 503 or status == 429) and not (headers["Retry-After"] or headers["retry-after"]) then
    bare = bare + 1
  end
  if taken and status == 201 then
    taken:write(body:match('"id": ?"(%w+)"') or "an acknowledgement without an id", "\n")
    taken:flush()
  end
end

function done(summary, latency)
  local parts = {}
  for _, thread in ipairs(all) do
    for status, times in pairs(thread:get("statuses")) do
      parts[#parts + 1] = string.format('"%d": %d', status, times)
    end
  end
  local errors = summary.errors
  io.write(string.format(
    '{"seconds": %.3f, "p50": %.6f, "p99": %.6f, "most": %.6f, "broken": %d, "bare": %d, "statuses": {%s}}\n',
    summary.duration / 1e6, latency:percentile(50) / 1e6, latency:percentile(99) / 1e6, latency.max / 1e6,
    errors.connect + errors.read + errors.write + errors.timeout, all[1]:get("bare"), table.concat(parts, ", ")))
end
