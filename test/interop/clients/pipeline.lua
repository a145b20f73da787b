-- Sends sixteen requests at once on each connection, before it reads the first answer.
function init()
  local requests = {}
  for at = 1, 16 do
    requests[at] = wrk.format('GET', '/echo/' .. at)
  end
  batch = table.concat(requests)
end

function request()
  return batch
end
