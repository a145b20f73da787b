/** A client that sends thousands of requests at once, in a process of its own: whoever is measured beside it waits for the server only. */
import { connectApp } from '../../lib/app-client.mjs'

const [url, method, count] = process.argv.slice(2)
const client = await connectApp(url)
process.once('message', async () => {
  const at = performance.now()
  await Promise.all(Array.from({ length: Number(count) }, () => client.ask(method)))
  process.send({ floodMs: performance.now() - at, errors: client.errors })
  await client.close()
  process.disconnect()
})
process.send('connected')
