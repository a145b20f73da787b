/** Owns the work of `towline approve`: a person reads exactly what is asked, and says yes or no. */
import { userInfo } from 'node:os'
import { createInterface } from 'node:readline/promises'
import type { Approval, ApprovalDecision, Supervisor } from '@towline/operations'
import { AppError, printable } from '@towline/protocol'
import { type Io, line, note } from '../io.ts'
import { styleFor } from '../output/style.ts'
import { supervisorOf } from './supervisor.ts'
import { when } from './tunnel-columns.ts'

export interface ApproveOptions {
  readonly refuse?: boolean
}

/** Rejects with TERMINAL_NEEDED where nobody can be asked: programs may refuse, not allow. */
export const run = async (io: Io, id: string | undefined, { refuse = false }: ApproveOptions): Promise<void> => {
  if (!refuse && !(io.isTty.stdin && io.isTty.stderr))
    throw new AppError('TERMINAL_NEEDED', { command: `towline approve${id === undefined ? '' : ` ${id}`}` })
  const supervisor = supervisorOf(io)
  const waiting = await wanted(io, supervisor, id)
  if (waiting.length === 0) return note(io, 'Nothing waits for approval.')
  for (const approval of waiting) {
    const decision = refuse ? 'refused' : await asked(io, approval)
    await supervisor.decideApproval(approval.id, decision, userName())
    line(io, `${decision} ${approval.id}`)
  }
}

/** The one that is named, also when it was allowed already; else all that wait. */
const wanted = async (io: Io, supervisor: Supervisor, id: string | undefined): Promise<readonly Approval[]> => {
  const all = await supervisor.listApprovals({ signal: io.signal })
  if (id === undefined) return all.filter(({ status }) => status === 'waiting')
  const found = all.find((approval) => approval.id === id)
  if (!found) throw new AppError('APPROVAL_UNKNOWN', { id })
  return [found]
}

/** Only "y" and "yes" are a yes. */
const asked = async (io: Io, approval: Approval): Promise<ApprovalDecision> => {
  note(io, shownFully(io, approval))
  const reader = createInterface({ input: io.stdin, output: io.stderr })
  try {
    const closed = new Promise<string>((done) => reader.once('close', () => done('')))
    const answer = reader.question('Allow exactly this, once? [y/N] ', { signal: io.signal })
    const said = await Promise.race([answer, closed])
    return /^y(es)?$/i.test(said.trim()) ? 'approved' : 'refused'
  } finally {
    reader.close()
  }
}

/** All of it is text that an agent wrote. */
const shownFully = (io: Io, { id, tool, summary, agent, thread, target, request, expiresAt }: Approval): string => {
  const style = styleFor(io, 'stderr')
  const rows: readonly (readonly [string, string])[] = [
    ['asked by', thread === undefined ? agent : `${agent}, thread ${thread}`],
    ['tool', tool],
    ['wants to', summary],
    ...(target === undefined ? [] : [['on', target] as const]),
    ['until', when(expiresAt)],
  ]
  const head = rows.map(([title, text]) => `  ${title.padEnd(9)} ${printable(text)}`)
  const whole = request.split('\n').map((text) => `  ${printable(text)}`)
  return ['', style.bold(id), ...head, '  exactly', ...whole, ''].join('\n')
}

const userName = (): string => {
  try {
    return userInfo().username
  } catch {
    return 'a person at a terminal'
  }
}
