-- Sends a body of 200 kB with each request.
wrk.method = 'POST'
wrk.body = string.rep('towline!', 25000)
