/** Proves that what needs a person's yes does nothing before it, by every way of asking, with real clients of both eras. */
import { verifies } from '@towline/testkit/verifies'
import { AppError } from '@towline/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { BOTH, type FixtureOptions, FORM, type Guarded, NO, openGuarded, type Person, YES } from './guard.fixture.ts'

const opened: Guarded[] = []
const open = (options: FixtureOptions = {}): Guarded => {
  const guarded = openGuarded(options)
  opened.push(guarded)
  return guarded
}
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

const ERAS = ['legacy', 'modern'] as const
const RUN = { target: 'tow://edge-lab', argv: ['systemctl', 'restart', 'nginx'] }

describe.each(ERAS)('guard approvals in a %s client', (era) => {
  it('asks with everything that will happen, and does it once on a yes', async () => {
    verifies('guard.approval')
    const guarded = open()
    const { call, shown } = await guarded.connect(era, { capabilities: FORM, person: YES })
    expect(await call('towline_execute', RUN)).toEqual({ answer: { done: true } })
    expect(guarded.ran).toEqual([{ tool: 'towline_execute', ...RUN }])
    expect(shown).toHaveLength(1)
    for (const part of ['judge', 'towline_execute', 'tow://edge-lab', '"systemctl"', 'runs a program on a machine'])
      expect(shown[0]?.['message']).toContain(part)
    expect(guarded.journal.begun).toEqual(['towline_execute approved form'])
    expect(guarded.journal.ended).toMatchObject([{ decision: 'approved', decidedBy: 'form', target: 'tow://edge-lab' }])
  })

  const refusals: readonly (readonly [string, Person])[] = [
    ['no', NO],
    ['nothing', () => ({ action: 'cancel' })],
    ['yes without the tick', () => ({ action: 'accept', content: { confirm: false } })],
    ['yes with other words', () => ({ action: 'accept', content: { confirm: 'true' } })],
    ['yes to something else', () => ({ action: 'accept', content: {} })],
    ['something that is no answer', () => ({ hello: 1 })],
    ['an error', () => Promise.reject(new Error('there is no person here'))],
  ]
  it.each(refusals)('does nothing when it is answered %s, and does not ask again', async (_, person) => {
    verifies('guard.approval')
    const guarded = open()
    const { call, shown } = await guarded.connect(era, { capabilities: FORM, person })
    const first = await call('towline_execute', RUN).catch((error: Error) => ({ code: error.message }))
    expect(guarded.ran).toEqual([])
    // Clients of the modern era keep what is no answer to themselves.
    if (era === 'modern' && first.code !== 'APPROVAL_REFUSED') return
    expect(first.code).toBe('APPROVAL_REFUSED')
    expect((await call('towline_execute', RUN)).code).toBe('APPROVAL_REFUSED')
    expect(shown).toHaveLength(1)
    expect(guarded.journal.ended).toMatchObject([{ decision: 'refused' }, { decision: 'refused' }])
    guarded.now += 3_600_000
    await call('towline_execute', RUN)
    expect(shown).toHaveLength(2)
  })

  // In the other era the call ends with the question, so that no call waits for the person.
  it.runIf(era === 'legacy')('takes silence for a no', async () => {
    verifies('guard.approval')
    const guarded = open({ limits: { questionSeconds: 0.02 } })
    const { call } = await guarded.connect(era, { capabilities: FORM, person: () => new Promise(() => {}) })
    expect((await call('towline_execute', RUN)).code).toBe('APPROVAL_REFUSED')
    expect(guarded.ran).toEqual([])
  })

  it('masks what may not be shown, and hides nothing else', async () => {
    verifies('guard.approval')
    const guarded = open()
    const { call, shown } = await guarded.connect(era, { capabilities: FORM, person: NO })
    await call('towline_write', {
      content: 'the content',
      path: '/a\u202e\u200bb\nAllow it',
      argv: ['tow_abc_def', 'secret://deploy-key', 'https://u:pass@x.example/?token=abc'],
    })
    const message = String(shown[0]?.['message'])
    expect(message).toContain(String.raw`"/a\u202e\u200bb\nAllow it"`)
    expect(message).toContain('secret://deploy-key')
    expect(message).toContain('the content')
    for (const secret of ['tow_abc', 'pass', 'abc', '\u202e', '\nAllow it']) expect(message).not.toContain(secret)
  })

  it('asks nobody about what a person could not see whole', async () => {
    const guarded = open()
    const { call, shown } = await guarded.connect(era, { capabilities: FORM, person: YES })
    expect((await call('towline_execute', { argv: ['sh', '-c', `true${' '.repeat(5_000)}; rm -rf /`] })).code).toBe(
      'APPROVAL_TOO_LONG',
    )
    expect({ shown, ran: guarded.ran }).toEqual({ shown: [], ran: [] })
  })

  it('never asks about credentials in the client itself: it opens the page, which decides', async () => {
    verifies('guard.approval')
    const guarded = open()
    const person: Person = ({ url }) => {
      guarded.page.decide(String(url).split('/').at(-1) as string, 'approved')
      return { action: 'accept' }
    }
    const { call, shown } = await guarded.connect(era, { capabilities: BOTH, person })
    expect(await call('towline_credential')).toEqual({ answer: { done: true } })
    expect(shown).toMatchObject([{ mode: 'url', url: 'https://towline.example/approve/apr_0' }])
    expect(guarded.journal.begun).toEqual(['towline_credential approved page'])
  })

  it('takes an opened page for no yes', async () => {
    const guarded = open()
    const { call } = await guarded.connect(era, { capabilities: BOTH, person: () => ({ action: 'accept' }) })
    expect((await call('towline_credential')).answer).toMatchObject({ approvalRequired: true, approvalId: 'apr_0' })
    expect(guarded.ran).toEqual([])
  })

  it('falls back to a second call for credentials when the client opens no pages', async () => {
    const guarded = open()
    const { call, shown } = await guarded.connect(era, { capabilities: FORM, person: YES })
    expect((await call('towline_credential')).answer).toMatchObject({ approvalRequired: true })
    expect({ shown, ran: guarded.ran }).toEqual({ shown: [], ran: [] })
  })
})

describe.each(ERAS)('guard approvals of a %s client that cannot ask', (era) => {
  it('answers with a page, waits, and does it once when it was allowed there', async () => {
    verifies('guard.approval')
    const guarded = open()
    const { call } = await guarded.connect(era)
    const { answer } = await call('towline_execute', RUN)
    expect(answer).toMatchObject({ approvalRequired: true, approvalId: 'apr_0', approveUrl: expect.any(String) })
    expect((await call('towline_execute', RUN)).answer.approvalId).toBe('apr_0')
    const again = { ...RUN, approvalId: 'apr_0' }
    expect((await call('towline_execute', again)).answer).toMatchObject({ approvalRequired: true, approvalId: 'apr_0' })
    guarded.page.decide('apr_0', 'approved')
    expect(await call('towline_execute', again)).toEqual({ answer: { done: true } })
    expect((await call('towline_execute', again)).code).toBe('APPROVAL_INVALID')
    expect(guarded.ran).toHaveLength(1)
  })

  it('asks at a terminal when no page has a person', async () => {
    verifies('guard.approval')
    const guarded = open()
    guarded.page.broken = new AppError('LOGIN_NEEDED')
    const { call } = await guarded.connect(era)
    const { answer } = await call('towline_execute', RUN)
    expect(answer).toMatchObject({ approvalId: 'apl_0', next: expect.stringContaining('towline approve apl_0') })
    guarded.terminal.decide('apl_0', 'approved')
    expect(await call('towline_execute', { ...RUN, approvalId: 'apl_0' })).toEqual({ answer: { done: true } })
    expect(guarded.journal.begun).toEqual(['towline_execute approved terminal'])
  })

  it('asks at a terminal where there is no server', async () => {
    const guarded = open({ login: false })
    const { call } = await guarded.connect(era)
    expect((await call('towline_execute', RUN)).answer).toMatchObject({ approvalId: 'apl_0' })
  })

  it('says why nobody can be asked', async () => {
    const guarded = open({ policy: { approve: ['page'] } })
    guarded.page.broken = new AppError('LOGIN_NEEDED')
    const { call } = await guarded.connect(era, { capabilities: FORM, person: YES })
    const { code, answer } = await call('towline_execute', RUN)
    expect({ code, problem: answer.error?.details['problem'] }).toMatchObject({
      code: 'APPROVAL_UNREACHABLE',
      problem: expect.stringContaining('the credential is of one project'),
    })
    expect(guarded.ran).toEqual([])
  })
})
