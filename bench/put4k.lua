-- Sends each line of the file named by URLS as a PUT of 4 KiB, threads taking turns; counts statuses.
local counter = 0
local threads = {}

function setup(thread)
  thread:set("id", counter)
  counter = counter + 1
  table.insert(threads, thread)
end

function init(args)
  targets = {}
  for line in io.lines(os.getenv("URLS")) do targets[#targets + 1] = line end
  at = id * math.floor(#targets / 2)
  local bytes = {}
  for i = 1, 4096 do bytes[i] = string.char((i * 31 + id) % 256) end
  body = table.concat(bytes)
  refused = 0
end

function request()
  at = at % #targets + 1
  return wrk.format("PUT", targets[at], nil, body)
end

function response(status)
  if status ~= 200 then refused = refused + 1 end
end

function done(summary, latency)
  local refusals = 0
  for _, thread in ipairs(threads) do refusals = refusals + thread:get("refused") end
  io.write(string.format("RESULT %.0f %d %.2f %.2f\n", summary.requests / (summary.duration / 1e6),
    refusals, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
