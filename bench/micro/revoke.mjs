/** Measures how long what is open outlives the revocation of its credential, from the call that asks for it to the last end, on every surface that stays open. Prints JSON of milliseconds. Needs a build of the testkit. */
import { openSystem } from '../../packages/testkit/dist/index.js'
import { openSurfaceWorld, SURFACE_PERMISSIONS, SURFACES } from '../../packages/testkit/dist/surfaces.js'

const ROUNDS = 3
/** Uses of one credential at once. */
const USES = 25
const HEADERS = { 'content-type': 'application/json' }

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

async function issue(system) {
  const body = JSON.stringify({ projectId: 'dev', name: 'bench', permissions: SURFACE_PERMISSIONS })
  const answer = await system.api('/api/tokens', { method: 'POST', headers: HEADERS, body })
  if (!answer.ok) throw new Error(`no credential: ${answer.status}`)
  const { token, credential } = await answer.json()
  return { token, id: credential.id }
}

/** Until the last of them has ended. */
async function revoke(world, { use, ends, name }) {
  const { token, id } = await issue(world.system)
  const uses = await Promise.all(Array.from({ length: USES }, () => use(world, token)))
  const startedAt = performance.now()
  const answered = world.system.api(`/api/tokens/${id}`, { method: 'DELETE' })
  const endings = await Promise.all(uses.map(({ ended }) => ended))
  const ms = performance.now() - startedAt
  const wrong = endings.find((how) => !ends.test(how))
  if (!(await answered).ok || wrong !== undefined) throw new Error(`${name} ended by ${wrong}`)
  for (const one of uses) one.close()
  return ms
}

const system = await openSystem({ site: { api: { domain: 'localhost' } } })
try {
  const world = await openSurfaceWorld(system)
  const bySurface = {}
  const open = SURFACES.filter(({ ends }) => ends)
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const surface of open) {
      const ms = await revoke(world, surface)
      // The first round pays for what later ones find warm.
      if (round > 0) (bySurface[surface.name] ??= []).push(ms)
    }
  }
  const all = Object.values(bySurface).flat()
  const surfaces = Object.fromEntries(Object.entries(bySurface).map(([name, times]) => [name, Math.max(...times)]))
  console.log(JSON.stringify({ median: median(all), longest: Math.max(...all), surfaces }))
  await world[Symbol.asyncDispose]()
} finally {
  await system.close()
}
