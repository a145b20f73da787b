/** Owns how a call is told to the person who has to allow it. */
import { maskedText, RISKS, type ServerQuestion } from '@towline/operations'
import { shown } from '@towline/protocol'
import { hidesSome, shownArguments, type Subject } from './subject.ts'
import { visible } from './visible.ts'

/** Throws APPROVAL_TOO_LONG. */
export const questionOf = (subject: Subject): ServerQuestion => {
  const { asked, connection, fingerprint } = subject
  const { tool, call, target } = asked
  return {
    ...{ tool: tool.name, fingerprint, summary: visible(summaryOf(subject)), request: shownArguments(asked) },
    agent: call.origin.agent,
    ...(call.origin.thread !== undefined && { thread: call.origin.thread }),
    ...(target && { target: shown(maskedText(target.name)) }),
    ...(connection?.project !== undefined && { projectId: connection.project }),
  }
}

const summaryOf = ({ asked }: Subject): string => {
  const { tool, risk, because, target } = asked
  const about = target ? ` on ${quoted(shown(maskedText(target.name)))}` : ''
  const hidden = hidesSome(asked) ? '. *** stands for what looks like a credential' : ''
  return `${tool.hints.title}${about}, which ${RISKS[risk]}${because ? `: ${because}` : ''}${hidden}`
}

/** What could be read as words of the sentence it stands in is none of them. */
const quoted = (name: string): string => (/^[\w.:/@~%+*-]*$/.test(name) ? name : JSON.stringify(name))

/** For the form of a client. What the agent wrote stands in the arguments only, and cannot end a line there. */
export const formMessage = (subject: Subject, why: string): string => {
  const { tool, agent, target, summary, request } = questionOf(subject)
  const { connection } = subject
  const lines = [
    `Allow ${visible(agent)} to do this once?`,
    '',
    summary,
    `Tool: ${tool}`,
    ...(target === undefined ? [] : [`On: ${visible(target)}`]),
    ...(connection ? [`Server: ${connection.url}${connection.project ? `, project ${connection.project}` : ''}`] : []),
    `Asked because: ${visible(why)}`,
    `Arguments: ${request}`,
  ]
  return lines.join('\n')
}
