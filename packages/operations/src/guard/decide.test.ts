/** Proves what a policy decides: the first rule that matches, and nothing by a rule that cannot be told to match. */
import fc from 'fast-check'
import { verifies } from '@towline/testkit/verifies'
import { describe, expect, it } from 'vitest'
import { decideByPolicy, type KnownTarget, type PolicyCall } from './decide.ts'
import { isFlaw, parsePolicy, type Policy } from './policy.ts'
import { type Decision, DECISIONS, defaultDecision, RISKS, type Risk } from './risks.ts'

const policyOf = (...rules: readonly object[]): Policy => {
  const policy = parsePolicy(JSON.stringify({ rules }))
  if (isFlaw(policy)) throw new Error(`${policy.key}: ${policy.problem}`)
  return policy
}

interface Given extends Partial<Omit<PolicyCall, 'look'>> {
  readonly known?: KnownTarget | undefined
}

const decide = async (rules: readonly object[], { known, ...call }: Given = {}): Promise<Decision> => {
  const full = { tool: 'towline_webtty_exec', risk: 'execute' as Risk, args: {}, look: async () => known, ...call }
  return (await decideByPolicy(policyOf(...rules), full)).decision
}

const EDGE: KnownTarget = { names: ['edge-lab', 'tun_1'], labels: { role: 'codex' } }

describe('guard policy', () => {
  it.each(['unix:/run/towline/prod.sock', 'UNIX:/x', 'https://prod.example', 'tun_1'])(
    'lets nothing escape by an address of which nobody knows whose it is: %s',
    async (target) => {
      verifies('guard.policy')
      const rules = [{ target: { name: 'prod-*' }, decision: 'deny' }, { decision: 'allow' }]
      expect(await decide(rules, { target })).toBe('deny')
    },
  )

  it('lets through what looks, and what an agent may do by itself, and asks about the rest', async () => {
    verifies('guard.policy')
    const decisions = Object.fromEntries(Object.keys(RISKS).map((risk) => [risk, defaultDecision(risk as Risk)]))
    expect(decisions).toEqual({
      ...{ read: 'allow', own: 'allow', expose: 'allow' },
      ...{
        sensitive: 'ask',
        execute: 'ask',
        write: 'ask',
        delete: 'ask',
        settings: 'ask',
        credential: 'ask',
        remote: 'ask',
      },
    })
    for (const [risk, decision] of Object.entries(decisions))
      expect(await decide([], { risk: risk as Risk })).toBe(decision)
  })

  it('takes the first rule that matches, whatever comes after it', async () => {
    verifies('guard.policy')
    const allow = { tools: ['towline_webtty_*'], decision: 'allow' }
    const deny = { risk: ['execute'], decision: 'deny' }
    expect([await decide([allow, deny]), await decide([deny, allow])]).toEqual(['allow', 'deny'])
  })

  it('matches a target by its labels, which it looks up once and only then', async () => {
    verifies('guard.policy')
    let asked = 0
    const look = async () => {
      asked += 1
      return EDGE
    }
    const label = (role: string) => ({ target: { labels: { role } }, decision: 'allow' })
    const call = { tool: 't', risk: 'execute' as Risk, args: {}, target: 'edge-lab', look }
    const other = policyOf({ ...label('x'), tools: ['other'] }, { ...label('x'), args: { path: 'x' } })
    expect([(await decideByPolicy(other, call)).decision, asked]).toEqual(['ask', 0])
    expect([(await decideByPolicy(policyOf(label('x'), label('c*x')), call)).decision, asked]).toEqual(['allow', 1])
  })

  it.each([
    ['a label', { labels: { role: '*' } }],
    ['an id', { name: 'edge-*' }],
  ])('allows nothing by %s that nobody knows, and lets nothing escape a deny by it', async (_, target) => {
    verifies('guard.policy')
    const call = { target: 'tun_1' }
    const allow = { target, decision: 'allow' }
    const deny = { target, decision: 'deny' }
    const all = { decision: 'allow' }
    expect([await decide([allow], call), await decide([deny, all], call)]).toEqual(['ask', 'deny'])
    const known = { ...call, known: EDGE }
    expect([await decide([allow], known), await decide([deny, all], known)]).toEqual(['allow', 'deny'])
  })

  it.each(['edge-lab', 'tow://edge-lab', 'TOW://edge-lab/', 'tow://edge-lab/mcp'])(
    'knows a machine as %s',
    async (target) => {
      expect(await decide([{ target: { name: 'edge-*' }, decision: 'allow' }], { target })).toBe('allow')
    },
  )

  it('matches no rule about a target by a call that is about none', async () => {
    expect(await decide([{ target: { labels: { role: '*' } }, decision: 'deny' }, { decision: 'allow' }])).toBe('allow')
  })

  it.each([
    [{ path: '/srv/app/**' }, { path: 'srv//app/x' }, 'allow'],
    [{ path: '/srv/app/**' }, { path: '/srv/app/../x' }, 'ask'],
    [{ cwd: '/srv/app/**' }, { cwd: 'srv/app/x' }, 'ask'],
    [{ 'argv[0]': 'ls' }, { argv: ['ls', '-l'] }, 'allow'],
    [{ 'argv[0]': 'ls' }, { argv: ['/tmp/ls'] }, 'ask'],
    [{ 'argv[0]': 'l*' }, { argv: [] }, 'ask'],
    [{ argv: ['git status', 'git log **'] }, { argv: ['git', 'log', '-3'] }, 'allow'],
    [{ argv: ['git status', 'git log **'] }, { argv: ['git', 'status', '--porcelain'] }, 'ask'],
    [{ 'env.PORT': 80 }, { env: { PORT: '80' } }, 'allow'],
    [{ 'env.PORT': 80 }, { env: { PORT: '8080' } }, 'ask'],
    [{ publish: true }, { publish: true }, 'allow'],
    [{ publish: false }, { publish: true }, 'ask'],
    [{ constructor: '*' }, {}, 'ask'],
    [{ 'argv[0].length': '*' }, { argv: ['x'] }, 'ask'],
    [{ path: '*' }, { path: 'x'.repeat(5_000) }, 'ask'],
    [{ table: '*' }, { table: { a: 1 } }, 'ask'],
  ] as const)('matches arguments: %j allows %j: %s', async (args, given, decision) => {
    verifies('guard.policy')
    expect(await decide([{ args, decision: 'allow' }], { args: given })).toBe(decision)
  })

  it('says deny, whenever the first rule that matches does, and never allows what no rule allows', async () => {
    verifies('guard.policy')
    const decision = fc.constantFrom(...DECISIONS)
    const pattern = fc.constantFrom('*', 'a', 'b', 'a*')
    const rule = fc.record(
      {
        tools: fc.array(pattern, { minLength: 1, maxLength: 2 }),
        args: fc.dictionary(fc.constantFrom('path', 'x'), pattern, { minKeys: 1, maxKeys: 2 }),
        target: fc.record({ labels: fc.constant({ role: 'a*' }) }),
        decision,
      },
      { requiredKeys: ['decision'] },
    )
    const text = fc.constantFrom('a', 'b', 'ab', '../a', '//a')
    const call = fc.record({
      tool: text,
      args: fc.dictionary(fc.constantFrom('path', 'x'), text),
      target: fc.option(text, { nil: undefined }),
    })
    const known = fc.option(fc.constantFrom(EDGE, { names: ['a'], labels: { role: 'a' } }), { nil: undefined })
    await fc.assert(
      fc.asyncProperty(fc.array(rule, { maxLength: 4 }), call, known, async (rules, given, told) => {
        const decided = await decide(rules, { ...given, known: told })
        const denies = [{ decision: 'deny' }, ...rules]
        expect(await decide(denies, { ...given, known: told })).toBe('deny')
        if (!rules.some((one) => one.decision === 'allow')) expect(decided).not.toBe('allow')
        // What is less known is denied no less.
        if (rules.length === 1 && decided === 'deny') expect(await decide(rules, given)).toBe('deny')
      }),
      { seed: 1, numRuns: 500 },
    )
  })
})
