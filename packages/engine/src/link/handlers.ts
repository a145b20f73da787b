/** Owns what each control message of a client does; the table is the whole list. */
import { AppError, type ControlMessage, type TunnelClose, type TunnelOpen } from '@towline/protocol'
import type { Link } from './link.ts'

type Handlers = {
  readonly [Type in ControlMessage['type']]?: (link: Link, message: Extract<ControlMessage, { type: Type }>) => void
}

/** Before the welcome only hello is taken, after it everything else. */
const BEFORE: Handlers = {
  hello: (link, message) => link.greet(message),
}

const AFTER: Handlers = {
  'tunnel.open': (link, message) => openTunnel(link, message),
  'tunnel.close': (link, message) => closeTunnel(link, message),
  goaway: (link) => link.leaveInOrder(),
  error: (link, { error }) => link.log.info({ code: error.code }, 'the client gave a reason to close'),
}

/** A lane hosts and asks for nothing. */
const ON_LANE: Handlers = {
  goaway: (link) => link.leaveInOrder(),
  error: (link, { error }) => link.log.info({ code: error.code }, 'the client gave a reason to close a lane'),
}

const handlersOf = (link: Link): Handlers => {
  if (!link.welcomed) return BEFORE
  return link.isLane ? ON_LANE : AFTER
}

/** Acts on a message. Throws PROTOCOL_ERROR for one that does not belong here. */
export const handle = (link: Link, message: ControlMessage): void => {
  const run = handlersOf(link)[message.type] as ((link: Link, message: ControlMessage) => void) | undefined
  if (!run) throw new AppError('PROTOCOL_ERROR', { problem: `${message.type} is not expected here` })
  run(link, message)
}

const openTunnel = (link: Link, { ref, ...asked }: TunnelOpen): void => {
  link
    .openTunnel(asked, (tunnel) => link.send({ type: 'tunnel.opened', ref, tunnel }))
    .catch((error: unknown) => link.send({ type: 'error', ref, error: link.told(error).toJSON() }))
}

/** A tunnel that is gone already crossed our own close on the way: nothing to do. */
const closeTunnel = (link: Link, { tunnelId }: TunnelClose): void => {
  link.deps.registry.closeTunnel(link, tunnelId)
}
