/** Measures the token check of the edge for a credential it knows, by µs of CPU: unbounded, and bounded by a regex and a path. Prints JSON. Needs a build. */
import { LIMITS } from '@towline/protocol'
import { createAdmission } from '../../packages/engine/dist/edge/steps.js'

const ROUNDS = 5
const PER_ROUND = 50_000
const TOKEN = `tow_${'a'.repeat(22)}_${'b'.repeat(43)}`
const BOUNDS = {
  plain: undefined,
  bounded: {
    tunnels: { connect: { name: { regex: '^web(-[a-z]+)?$' }, params: { path: { regex: '^/api/v[0-9]+/.*$' } } } },
  },
}

const tunnel = {
  ...{ id: 'tun_a', name: 'web-shop', kind: 'http', projectId: 'prj_a', tokenAuth: true },
  ...{ labels: {}, status: 'online', ownerId: 'crd_a' },
}
const facts = {
  ...{ tunnel, visitor: { address: '192.0.2.7', port: 4711, localPort: 8080, secure: false } },
  ...{ method: 'GET', host: 'web-shop.dev.localhost', path: '/api/v1/orders', query: '' },
  header: (name) => (name === 'authorization' ? `Bearer ${TOKEN}` : undefined),
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]

/** Median µs of CPU per check; the first round warms up. */
async function measure(resources) {
  const principal = {
    ...{ credentialId: 'crd_a', rootCredentialId: 'crd_a', projectId: 'prj_a', projectSlug: 'dev' },
    ...{ permissions: ['tunnels.connect'], ...(resources && { resources }) },
  }
  let asked = 0
  const authority = { verify: async () => (asked++, principal), onRevoked: () => () => {}, report() {} }
  const admission = createAdmission({ authority, limits: LIMITS, clock: Date.now })
  await admission.admit('http', facts)
  const rounds = []
  for (let round = 0; round <= ROUNDS; round++) {
    const before = process.cpuUsage()
    for (let index = 0; index < PER_ROUND; index++) {
      if (admission.admit('http', facts)) throw new Error('it was not known')
    }
    const { user, system } = process.cpuUsage(before)
    if (round > 0) rounds.push((user + system) / PER_ROUND)
  }
  admission.close()
  if (asked !== 1) throw new Error(`the authority was asked ${asked} times`)
  return median(rounds)
}

const [plain, bounded] = [await measure(BOUNDS.plain), await measure(BOUNDS.bounded)]
console.log(JSON.stringify({ plain, bounded }))
