/** Owns reading what a peer says in OPEN and CONTROL frames: known keys are checked and bounded, unknown ones dropped. */
import { AppError, type ErrorBody } from '../errors.ts'
import { KINDS, SURFACES, type Tunnel, type TunnelSpec } from '../tunnel.ts'
import type {
  ControlMessage,
  GoAway,
  Hello,
  LaneWant,
  Refusal,
  StreamOpen,
  TunnelClose,
  TunnelOpen,
  TunnelOpened,
  TunnelStats,
  Welcome,
} from './messages.ts'
import {
  flag,
  integer,
  list,
  literal,
  measure,
  oneOf,
  optional,
  type Reader,
  record,
  shape,
  text,
  textOrNumber,
} from './readers.ts'

const MAX_U32 = 0xffff_ffff
const version = integer(0, 65_535)
const ref = integer(0, Number.MAX_SAFE_INTEGER)
const seconds = integer(0, Number.MAX_SAFE_INTEGER)
const count = integer(0, Number.MAX_SAFE_INTEGER)
const labels = record(text)

const project = shape<Welcome['project']>({ id: text, slug: text })

/** The code stays what the peer said: AppError.from gives unknown ones a meaning. */
const error = shape<ErrorBody>({
  code: text as Reader<ErrorBody['code']>,
  message: text,
  next: text,
  retryable: flag,
  details: optional(record(textOrNumber)),
})

const SPEC = {
  kind: oneOf(KINDS),
  name: optional(text),
  labels: optional(labels),
  surface: optional(oneOf(SURFACES)),
  hostHeader: optional(text),
  httpVersion: optional(oneOf(['http/1.1', 'h2c'])),
  tokenAuth: optional(flag),
  trustedIps: optional(list(text)),
  allowOrigins: optional(list(text)),
  port: optional(integer(0, 65_535)),
  tlsMode: optional(oneOf(['terminated', 'passthrough'])),
} as const

const tunnel = shape<Tunnel>({
  ...SPEC,
  id: text,
  name: text,
  labels,
  url: text,
  owner: text,
  clientId: text,
  projectId: text,
  status: oneOf(['online', 'offline']),
  createdAt: seconds,
  epoch: count,
})

/** One row per control message (docs/protocol/link.md §4); the types make sure that no key is forgotten. */
const MESSAGES = {
  hello: shape<Hello>({
    type: literal('hello'),
    min: version,
    max: version,
    token: text,
    agent: text,
    os: text,
    arch: text,
    labels: optional(labels),
    project: optional(text),
    laneOf: optional(text),
  }),
  welcome: shape<Welcome>({
    type: literal('welcome'),
    version,
    clientId: text,
    project,
    engine: text,
  }),
  error: shape<Refusal>({ type: literal('error'), ref: optional(ref), error }),
  'tunnel.open': shape<TunnelOpen>({
    type: literal('tunnel.open'),
    ref,
    spec: shape<TunnelSpec>(SPEC),
    holder: optional(text),
    again: optional(flag),
  }),
  'tunnel.opened': shape<TunnelOpened>({
    type: literal('tunnel.opened'),
    ref,
    tunnel,
  }),
  'tunnel.close': shape<TunnelClose>({
    type: literal('tunnel.close'),
    tunnelId: text,
    error: optional(error),
  }),
  'tunnel.stats': shape<TunnelStats>({
    type: literal('tunnel.stats'),
    tunnelId: text,
    active: count,
    requests: count,
    p50Ms: measure,
    p99Ms: measure,
  }),
  'lane.want': shape<LaneWant>({ type: literal('lane.want') }),
  goaway: shape<GoAway>({ type: literal('goaway'), error: optional(error) }),
} satisfies {
  readonly [Type in ControlMessage['type']]: Reader<Extract<ControlMessage, { type: Type }>>
}

const streamOpen = shape<StreamOpen>({
  tunnelId: optional(text),
  dial: optional(text),
  from: optional(text),
  requestId: optional(text),
  window: optional(integer(0, MAX_U32)),
})

/** The payload of a CONTROL frame, or undefined for a type this side does not know. Throws PROTOCOL_ERROR, never anything else. */
export const parseControl = (bytes: Uint8Array): ControlMessage | undefined => {
  const value = parseJson(bytes)
  const type = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)['type'] : undefined
  if (typeof type !== 'string')
    throw new AppError('PROTOCOL_ERROR', {
      problem: 'a control message without a type',
    })
  return Object.hasOwn(MESSAGES, type) ? MESSAGES[type as keyof typeof MESSAGES](value, type) : undefined
}

/** The payload of an OPEN frame. Throws PROTOCOL_ERROR, never anything else. */
export const parseStreamOpen = (bytes: Uint8Array): StreamOpen => streamOpen(parseJson(bytes), 'open')

const utf8 = new TextDecoder('utf-8', { fatal: true })

const parseJson = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch {
    throw new AppError('PROTOCOL_ERROR', {
      problem: 'a payload that is not JSON in UTF-8',
    })
  }
}
