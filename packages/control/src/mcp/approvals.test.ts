/** Proves that a tool changes nothing before a person allowed that very call. */
import { verifies } from '@towline/testkit/verifies'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type Approval,
  askApproval,
  decideApproval,
  findApproval,
  WORKSTATION_CALL,
} from '../approval/approval-store.ts'
import { NOW } from '../api/api.fixture.ts'
import { findProjectById } from '../project/project-store.ts'
import { LEGACY, type McpAsk, type McpFixture, openMcpFixture, type Told } from './mcp.fixture.ts'

let mcp: McpFixture
let token: string
let userId: string

beforeEach(async () => {
  mcp = await openMcpFixture()
  const person = await mcp.person('owner')
  token = person.token
  userId = person.userId
})
afterEach(() => mcp.close())

const FORM = { elicitation: { form: {} } }
const change = (name: string) => ({ projectId: mcp.project.id, name })
const rename = async (args: object, ask: McpAsk = {}): Promise<Told> =>
  (await mcp.tool('towline_project_update', args, { token, ...ask })).body
const nameNow = async () => (await findProjectById(mcp.db, mcp.project.id))?.name
const said = (action: string, content?: object) => ({
  inputResponses: { confirm: { action, ...(content && { content }) } },
})
const YES = said('accept', { confirm: true })
const refusal = (body: Told): unknown => body.result.isError && JSON.parse(body.result.content[0].text).error.code

describe('mcp approvals through the client', () => {
  const ask = async (args: object = change('New')) => (await rename(args, { capabilities: FORM })).result
  const reply = (args: object, more: object, other: McpAsk = {}) => rename(args, { capabilities: FORM, more, ...other })

  it('asks first, says exactly what for, and changes nothing', async () => {
    verifies('hosted-mcp.tools')
    const asked = await ask()
    expect(asked.resultType).toBe('input_required')
    expect(asked.inputRequests.confirm.params.message).toMatch(/judge.*Rename a project[^]*"name": "New"/)
    expect(await nameNow()).toBe('Demo')
  })

  it('does it once the person said yes, and once only', async () => {
    const { requestState } = await ask()
    const done = await reply(change('New'), { requestState, ...YES })
    expect(done.result.structuredContent).toMatchObject({ id: mcp.project.id, name: 'New' })
    expect(refusal(await reply(change('New'), { requestState, ...YES }))).toBe('APPROVAL_INVALID')
  })

  it.each([
    ['no', said('decline')],
    ['nothing', said('cancel')],
    ['yes, unticked', said('accept', { confirm: false })],
    ['yes, without the tick', said('accept', {})],
  ])('does not do it when the person said %s', async (_, answer) => {
    const { requestState } = await ask()
    expect(refusal(await reply(change('New'), { requestState, ...answer }))).toBe('APPROVAL_REFUSED')
    expect(await nameNow()).toBe('Demo')
  })

  it('takes a yes for no other arguments', async () => {
    const { requestState } = await ask()
    expect(refusal(await reply(change('Other'), { requestState, ...YES }))).toBe('APPROVAL_INVALID')
    expect(await nameNow()).toBe('Demo')
  })

  it('takes a yes neither without our state, nor with one that is not ours', async () => {
    expect((await reply(change('New'), YES)).result.resultType).toBe('input_required')
    const { requestState } = await ask()
    const forged = `${requestState.slice(0, -4)}AAAA`
    expect((await reply(change('New'), { requestState: forged, ...YES })).error.code).toBe(-32602)
    expect(await nameNow()).toBe('Demo')
  })

  it('takes a yes from no other credential', async () => {
    const { requestState } = await ask()
    const other = (await mcp.person('owner')).token
    expect((await reply(change('New'), { requestState, ...YES }, { token: other })).error.code).toBe(-32602)
  })

  it('asks nobody for what would be refused anyway', async () => {
    const { token: viewer } = await mcp.person('viewer')
    expect(refusal(await rename(change('New'), { token: viewer, capabilities: FORM }))).toBe('FORBIDDEN')
    expect(refusal(await rename({ projectId: 'nothing', name: 'x' }, { capabilities: FORM }))).toBe('NOT_FOUND')
  })
})

describe('mcp approvals on a page', () => {
  const decide = (id: string, status: 'approved' | 'refused') =>
    decideApproval(mcp.db, id, { status, by: userId, now: NOW })
  const ask = async (more: McpAsk = {}) =>
    (await rename(change('New'), { version: LEGACY, ...more })).result.structuredContent
  const again = (approvalId: string, args: object = change('New'), more: McpAsk = {}) =>
    rename({ ...args, approvalId }, { version: LEGACY, ...more })

  it.each([
    ['an older client', { version: LEGACY }],
    ['a client that cannot ask', {}],
    ['a client that can only open pages', { capabilities: { elicitation: { url: {} } } }],
  ])('answers %s with a page to show, the same while it waits', async (_, more) => {
    const asked = (await rename(change('New'), more)).result.structuredContent
    expect(asked).toMatchObject({
      approvalRequired: true,
      approveUrl: `https://towline.example/approve/${asked.approvalId}`,
    })
    expect((await rename(change('New'), more)).result.structuredContent.approvalId).toBe(asked.approvalId)
    expect(await nameNow()).toBe('Demo')
  })

  it('does it once the person allowed it, and once only', async () => {
    const { approvalId } = await ask()
    expect((await again(approvalId)).result.structuredContent).toMatchObject({ approvalRequired: true, approvalId })
    await decide(approvalId, 'approved')
    expect((await again(approvalId)).result.structuredContent).toMatchObject({ name: 'New' })
    expect(refusal(await again(approvalId))).toBe('APPROVAL_INVALID')
  })

  it('does not do it when it was refused, is over, is unknown, or is for something else', async () => {
    const { approvalId } = await ask()
    await decide(approvalId, 'approved')
    expect(refusal(await again(approvalId, change('Other')))).toBe('APPROVAL_INVALID')
    const other = (await mcp.person('owner')).token
    expect(refusal(await again(approvalId, change('New'), { token: other }))).toBe('APPROVAL_INVALID')
    expect(refusal(await again('apr_unknown'))).toBe('APPROVAL_INVALID')
    mcp.clock.ms += mcp.deps.limits.mcpApprovalSeconds * 1000
    expect(refusal(await again(approvalId))).toBe('APPROVAL_INVALID')
    const { approvalId: second } = await ask()
    await decideApproval(mcp.db, second, { status: 'refused', by: userId, now: mcp.clock.ms / 1000 })
    expect(refusal(await again(second))).toBe('APPROVAL_REFUSED')
    expect(await nameNow()).toBe('Demo')
  })

  it('takes no word for what a workstation asked, though that chooses its fingerprints itself', async () => {
    verifies('guard.approval')
    const { approvalId } = await ask()
    const real = (await findApproval(mcp.db, approvalId, NOW)) as Approval
    const posed = {
      ...real,
      op: WORKSTATION_CALL,
      told: { tool: 'x', summary: 'Harmless', target: null, thread: null },
    }
    const { id } = await askApproval(mcp.db, posed, { now: NOW, limits: mcp.deps.limits })
    expect(id).not.toBe(approvalId)
    await decide(id, 'approved')
    expect(refusal(await again(id))).toBe('APPROVAL_INVALID')
    expect((await ask()).approvalId).toBe(approvalId)
    expect(await nameNow()).toBe('Demo')
  })

  it('keeps in the audit trail that it was asked for and done', async () => {
    const { approvalId } = await ask({ headers: { 'user-agent': 'codex/1.0 (x)' } })
    await decide(approvalId, 'approved')
    await again(approvalId)
    await mcp.deps.flush()
    const rows = await mcp.db.selectFrom('audit').select(['action', 'decision', 'code']).orderBy('id').execute()
    expect(rows).toEqual([
      { action: 'projects.rename', decision: 'refused', code: 'APPROVAL_REQUIRED' },
      { action: 'projects.rename', decision: 'allowed', code: null },
    ])
  })
})
