/** Owns comparing what a service answers on its machine with what comes through its tunnel. */
import type { ServiceAnswer } from '@towline/protocol'

/** What was compared. Without a `difference` they are the same. */
export interface Verification {
  readonly same: boolean
  readonly local: ServiceAnswer
  readonly through: ServiceAnswer
  readonly difference?: string
}

/** The first difference counts; the order is that of how much it says. */
export const compareAnswers = (local: ServiceAnswer, through: ServiceAnswer): Verification => {
  const difference = DIFFERENCES.map((find) => find(local, through)).find((found) => found !== undefined)
  return { same: difference === undefined, local, through, ...(difference !== undefined && { difference }) }
}

type Find = (local: ServiceAnswer, through: ServiceAnswer) => string | undefined

const DIFFERENCES: readonly Find[] = [
  ({ connected, problem = 'no answer' }) =>
    connected ? undefined : `on the machine itself nothing answers: ${problem}`,
  (_, { connected, problem = 'no answer' }) =>
    connected ? undefined : `through the tunnel nothing answers: ${problem}`,
  (local, through) =>
    local.status === through.status
      ? undefined
      : `${statusOf(local)} on the machine, ${statusOf(through)} through the tunnel`,
  (local, through) => {
    const [there, here] = [local, through].map(({ headers }) => headers?.['content-type'] ?? 'none')
    return there === here ? undefined : `content-type ${there} on the machine, ${here} through the tunnel`
  },
  (local, through) =>
    local.status !== undefined && sizeOf(local) !== sizeOf(through)
      ? `${sizeOf(local)} on the machine, ${sizeOf(through)} through the tunnel`
      : undefined,
  ({ sha256 }, through) =>
    sha256 !== undefined && through.sha256 !== undefined && sha256 !== through.sha256
      ? `${through.bytes} bytes each, but not the same ones`
      : undefined,
  (local, through) =>
    local.status === undefined && !saysAlike(local, through)
      ? 'the service greets otherwise through the tunnel'
      : undefined,
]

const statusOf = ({ status, problem = 'no status' }: ServiceAnswer): string =>
  status === undefined ? problem : `status ${status}`

const sizeOf = ({ bytes, sha256, problem }: ServiceAnswer): string =>
  sha256 === undefined ? (problem ?? 'an answer without an end') : `${bytes} bytes`

/** What a TCP service says first may have been cut at another place. */
const saysAlike = (local: ServiceAnswer, through: ServiceAnswer): boolean => {
  if (local.problem !== through.problem) return false
  const [there, here] = [local, through].map(({ head }) => Buffer.from(head, 'base64').toString('latin1')) as [
    string,
    string,
  ]
  return there === '' || here === '' ? there === here : there.startsWith(here) || here.startsWith(there)
}
