/** Tortures the byte path with streams that chance plans; TORTURE_SEED and TORTURE_SECONDS (of each kind) have it again, and longer. */
import { verifies } from '@towline/testkit/verifies'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Actor, type ActorPlan, pinned } from './torture/actor.ts'
import { type Chance, chance, size } from './torture/pattern.ts'
import { type LinkKind, type Net, type StreamPlan, settled, World } from './torture/world.ts'

const SEED = Number(process.env.TORTURE_SEED ?? 1)
const SECONDS = Number(process.env.TORTURE_SECONDS ?? 2)
const ROUND_MS = 40_000
const MOST_BYTES = 3 * 1024 * 1024
/** More than the pools of read buffers and of blocks keep. */
const SLABS = 64

const plan = (next: Chance, index: number): StreamPlan => {
  const [up, down] = [size(next, 0, MOST_BYTES), size(next, 0, MOST_BYTES)]
  const order = next()
  const breaks = next()
  const side = (name: string, writes: number, total: number) => ({
    name: `${name} ${index}`,
    writes,
    reads: writes ^ 1,
    total,
    next: chance(next() * 0x1_0000_0000),
  })
  const brokenBy = (from: number): Pick<ActorPlan, 'resetAt' | 'resetAtRead'> => {
    if (breaks >= from && breaks < from + 0.05) return { resetAt: up * next() }
    if (breaks >= from + 0.05 && breaks < from + 0.1) return { resetAtRead: down * next() }
    return {}
  }
  return {
    visitor: { ...side('visitor', index * 2, up), endsLast: order < 0.25, ...brokenBy(0) },
    service: { ...side('service', index * 2 + 1, down), endsLast: order > 0.75, ...brokenBy(0.1) },
    visitorOnSocket: next() < 0.75,
    serviceOnSocket: next() < 0.75,
  }
}

const within = async (what: Promise<unknown>, ms: number): Promise<boolean> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((give) => (timer = setTimeout(() => give(false), ms)))
  const inTime = await Promise.race([what.then(() => true as const), late])
  clearTimeout(timer)
  return inTime
}

const state = (actor: Actor): string => {
  const { plan: own, written, received, gotEnd } = actor
  return `${own.name} hangs: wrote ${written} of ${own.total}, got ${received}, ${gotEnd ? 'and the end' : 'no end'}`
}

const breaks = (own: ActorPlan): boolean => own.resetAt !== undefined || own.resetAtRead !== undefined

/** What is wrong with a stream that nobody broke off. */
const incomplete = (actor: Actor, peer: Actor): string[] => {
  if (actor.reset === undefined && actor.gotEnd && actor.received === peer.plan.total) return []
  return [`${actor.plan.name} got ${actor.received} of ${peer.plan.total}, reset ${actor.reset}, end ${actor.gotEnd}`]
}

const judge = (world: World, plans: readonly StreamPlan[]): string[] => {
  const by = new Map(world.actors.map((actor) => [actor.plan.name, actor]))
  const wrong = [...world.problems, ...world.actors.flatMap((actor) => actor.problems)]
  for (const { visitor, service } of plans) {
    if (world.wasCut || breaks(visitor) || breaks(service)) continue
    const [near, far] = [by.get(visitor.name), by.get(service.name)]
    if (near && far) wrong.push(...incomplete(near, far), ...incomplete(far, near))
    else wrong.push(`${visitor.name} never reached its service`)
  }
  return wrong
}

const sockets = (): number => process.getActiveResourcesInfo().filter((name) => /TCP|TLS/.test(name)).length

const round = async (net: Net, kind: LinkKind, next: Chance): Promise<string[]> => {
  const before = sockets()
  const plans = Array.from({ length: Math.floor(8 + next() * 32) }, (_, index) => plan(next, index))
  const cutAfterMs = next() < 0.15 ? next() * 150 : undefined
  const world = await World.open(net, kind, plans, next)
  world.start()
  const cut = cutAfterMs === undefined ? undefined : setTimeout(() => world.cut(), cutAfterMs)
  const inTime = await within(world.over(), ROUND_MS)
  clearTimeout(cut)
  const wrong = judge(world, plans)
  if (!inTime) wrong.push(...world.actors.filter((actor) => !actor.isClosed).map(state))
  await settled(() => pinned.count === 0)
  if (wrong.length === 0) expect({ ...world.leftovers(), pinned: pinned.count }).toEqual(NOTHING)
  if (!(await within(world.close(), ROUND_MS))) wrong.push('the link does not close')
  if (!(await settled(() => sockets() <= before))) wrong.push(`${sockets() - before} sockets are left`)
  return wrong
}

const NOTHING = { streams: 0, unread: 0, grown: 0, unproven: 0, pinned: 0 }

const PATHS = ['handle', 'public'] as const
const KINDS = ['plain', 'tls', 'stream'] as const
const RUNS = PATHS.flatMap((path) => KINDS.map((kind, at) => [path, kind, at] as const))

describe('byte torture: streams of random sizes, pauses, ends and resets', () => {
  afterEach(() => vi.unstubAllEnvs())

  it.each(RUNS)(
    'come through complete and exact, on the %s path over a %s link',
    async (path, kind, at) => {
      verifies('link.mux')
      vi.resetModules()
      vi.stubEnv('TOWLINE_SOCKET_PATH', path)
      const net = await import('@towline/base')
      const { ReadSlab } = await import('../../packages/base/src/net/slabs.ts')
      expect(net.socketPath()).toBe(path)
      const until = performance.now() + SECONDS * 1_000
      for (let count = 0; performance.now() < until; count++) {
        const seed = SEED * 1_000_003 + count * 7 + at
        expect({ count, wrong: await round(net, kind, chance(seed)) }).toEqual({ count, wrong: [] })
      }
      const slabs = Array.from({ length: SLABS }, () => ReadSlab.take())
      expect(new Set(slabs).size).toBe(SLABS)
      expect(slabs.filter((slab) => slab.pinned)).toEqual([])
    },
    SECONDS * 1_000 + 3 * ROUND_MS,
  )
})
