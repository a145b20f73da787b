/** Owns reading the bodies of ASK and ANSWER (docs/protocol/webtty.md §10). */
import { flag, integer, oneOf, optional, type Reader, record, shape } from '../link/readers.ts'
import { KINDS } from '../tunnel.ts'
import { id, listOf, path4k, reset, word, wrong } from './body-readers.ts'
import {
  type Exposure,
  EXPOSURE_STATES,
  type ExposeRequest,
  type MachineAnswer,
  type MachineAsk,
  type MachineQuestion,
  type ProbeRequest,
  SERVICE_PROTOCOLS,
  type ServiceAnswer,
} from './exposures.ts'

const count = integer(0, Number.MAX_SAFE_INTEGER)
const port = integer(1, 65_535)
const labels = record(word)
const protocol = oneOf(SERVICE_PROTOCOLS)

const expose = shape<ExposeRequest>({
  id,
  host: optional(word),
  port,
  protocol,
  publish: flag,
  name: optional(word),
  tokenAuth: optional(flag),
  trustedIps: optional(listOf(word, 64)),
  hostHeader: optional(word),
  labels: optional(labels),
  ttlMs: optional(integer(1, Number.MAX_SAFE_INTEGER)),
  mcpPath: optional(path4k),
})

const probe = shape<ProbeRequest>({
  host: optional(word),
  port,
  protocol,
  path: optional(path4k),
  hostHeader: optional(word),
})

const exposure = shape<Exposure>({
  id,
  name: word,
  url: path4k,
  tunnelId: word,
  kind: oneOf(KINDS),
  protocol,
  host: word,
  port,
  status: oneOf(EXPOSURE_STATES),
  reason: optional(path4k),
  tokenAuth: flag,
  hostHeader: optional(word),
  mcpPath: optional(path4k),
  labels,
  createdAt: count,
  expiresAt: optional(count),
})

const answered = shape<ServiceAnswer>({
  connected: flag,
  problem: optional(path4k),
  status: optional(integer(100, 999)),
  headers: optional(record(path4k)),
  bytes: count,
  sha256: optional(word),
  head: path4k,
})

/** What each kind of question has to hold. */
const QUESTIONS: { readonly [Use in MachineQuestion['use']]: Reader<Extract<MachineAsk, { use: Use }>> } = {
  expose: shape({ ask: count, use: oneOf(['expose']), expose }),
  exposed: shape({ ask: count, use: oneOf(['exposed']) }),
  unexpose: shape({ ask: count, use: oneOf(['unexpose']), id }),
  probe: shape({ ask: count, use: oneOf(['probe']), probe }),
}

/** Reads an ASK. */
export const ask: Reader<MachineAsk> = (value, path) => {
  const use = typeof value === 'object' && value !== null ? (value as { readonly use?: unknown }).use : undefined
  if (typeof use !== 'string' || !Object.hasOwn(QUESTIONS, use))
    throw wrong(`${path}.use`, `is not one of ${Object.keys(QUESTIONS).join(', ')}`)
  return QUESTIONS[use as MachineQuestion['use']](value, path)
}

/** Reads an ANSWER. */
export const answer = shape<MachineAnswer>({
  ask: count,
  last: flag,
  exposures: optional(listOf(exposure, 1024)),
  probe: optional(answered),
  error: optional(reset),
})
