/** A client of server-sent events on `eventsource`: `sse-client.mjs ORIGIN` hears http-service.ts and prints what it heard as JSON. */
import dns from 'node:dns'
import { EventSource } from 'eventsource'

const [, , origin] = process.argv

/** Resolvers of the system do not know names below localhost, browsers do. */
dns.lookup = (_name, options, done) =>
  options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4)

/** Hears `count` events of a path; `heard` is called after each. */
const hear = (path, count, heard = () => {}) =>
  new Promise((resolve) => {
    const source = new EventSource(origin + path)
    const told = { texts: [], opened: 0 }
    source.onopen = () => told.opened++
    source.onmessage = ({ data }) => {
      told.texts.push(data)
      if (told.texts.length === count) {
        source.close()
        resolve(told)
      } else heard()
    }
  })

const CASES = {
  /** The service says the next event only when the last one was heard. */
  steps: () => hear('/steps/one', 9, () => fetch(`${origin}/step/one`)),
  /** A minute in one answer: each second the event that only the one before it called for. */
  minute: async () => {
    const ask = () => setTimeout(() => fetch(`${origin}/step/minute`), 1000)
    const { texts, opened } = await hear('/paced/minute', 60, ask)
    return { last: texts.at(-1), opened }
  },
  timed: async () => (await hear('/events/40/250', 40)).texts.at(-1),
  many: async () => {
    const all = await Promise.all(Array.from({ length: 100 }, () => hear('/events/10/20', 10)))
    return all.filter(({ texts }) => texts.length === 10).length
  },
}

const told = {}
for (const [name, play] of Object.entries(CASES)) told[name] = await play()
process.stdout.write(JSON.stringify(told), () => process.exit(0))
