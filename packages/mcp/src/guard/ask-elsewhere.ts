/** Owns asking a person outside of the agent's client: on a page of the server, else at a terminal of this machine. */
import { AppError } from '@towline/protocol'
import type { ApprovalDesk, Desks, Waiting } from './approval-desk.ts'
import { questionOf } from './question-text.ts'
import type { Requested } from './requested.ts'

export interface Elsewhere {
  /** Throws APPROVAL_UNREACHABLE and APPROVAL_TOO_LONG. */
  ask(requested: Requested): Promise<Waiting>
  /** By which way a person allowed it, now used up; else the question that still waits. Throws as a desk does. */
  use(id: string, requested: Requested): Promise<Place | Waiting>
}

export type Place = 'page' | 'terminal'

/** In the order they are tried. */
const WORDS: Readonly<Record<Place, string>> = { page: 'on a page', terminal: 'at a terminal' }

/** Ids of a supervisor's questions; all others are a server's. */
const AT_TERMINAL = 'apl_'

export const openElsewhere = (desks: Desks): Elsewhere => {
  const deskOf = (place: Place, { ways, connection }: Requested): ApprovalDesk | undefined => {
    if (!ways.includes(place)) return undefined
    return place === 'terminal' ? desks.terminal : connection && desks.page(connection)
  }
  return {
    ask: async (requested) => {
      const { asked, ways } = requested
      const question = questionOf(requested)
      const problems: string[] = []
      for (const place of Object.keys(WORDS) as Place[]) {
        const desk = deskOf(place, requested)
        if (!desk) continue
        try {
          return await desk.ask(question, asked.call.signal)
        } catch (error) {
          if (!(error instanceof AppError)) throw error
          problems.push(`${WORDS[place]}: ${error.message}`)
        }
      }
      const problem = problems.join(' ') || `of the ways that count (${ways.join(', ')}) none is there`
      throw new AppError('APPROVAL_UNREACHABLE', { tool: asked.tool.name, problem })
    },
    use: async (id, requested) => {
      const place = id.startsWith(AT_TERMINAL) ? 'terminal' : 'page'
      const desk = deskOf(place, requested)
      if (!desk) throw new AppError('APPROVAL_INVALID')
      const used = await desk.use(id, requested.fingerprint, requested.asked.call.signal)
      return used === 'used' ? place : used
    },
  }
}
