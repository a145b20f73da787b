/** Owns the surfaces of a link: hosting, dialing, and what the world sees of a tunnel that the credential publishes. */
import { dialDuplex, type Session } from '@towline/sdk'
import { openWire } from '../visitor.ts'
import { byConnection, streams } from './streams.ts'
import { outcome, type Surface } from './surface.ts'
import type { SurfaceWorld } from './world.ts'

const sessionOf = ({ system }: SurfaceWorld, token: string): Session => system.session({ token, project: 'dev' })

export const host: Surface['use'] = async (world, token) => {
  const open = async () => {
    const session = sessionOf(world, token)
    return { session, hosted: await world.system.serve({ kind: 'private' }, world.echo.port, session) }
  }
  const { session, hosted } = await open()
  return {
    ended: hosted.closed.then((error) => error?.code ?? 'no error'),
    again: () => outcome(open()),
    close: () => void session.close(),
  }
}

export const dial: Surface['use'] = async (world, token) => {
  const open = async () => {
    const session = sessionOf(world, token)
    return { session, stream: await dialDuplex(session, 'tow://db') }
  }
  const { session, stream } = await open()
  const ended = new Promise<string>((done) => {
    stream.once('close', () => done('closed')).on('error', () => {})
  })
  const heard = new Promise((done) => stream.once('data', done))
  stream.write('hello')
  await heard
  return { ended, again: () => outcome(open()), close: () => void session.close() }
}

/** A visitor who shows nothing, of a link that the credential publishes. */
export const publish: Surface['use'] = async (world, token) => {
  const { system, endless } = world
  const session = sessionOf(world, token)
  const { tunnel } = await system.serve({ kind: 'http' }, endless.port, session)
  const asked = { host: system.host(tunnel.name), path: '/' }
  const visitor = await streams(() => asked, { begun: /first part/, over: byConnection })(world, token)
  const close = (): void => {
    visitor.close()
    void session.close()
  }
  return { ...visitor, close }
}

/** The same of a port. */
export const publishPort: Surface['use'] = async (world, token) => {
  const session = sessionOf(world, token)
  const { tunnel } = await world.system.serve({ kind: 'tcp' }, world.echo.port, session)
  const port = tunnel.port as number
  const wire = await openWire(port)
  wire.socket.write('hello')
  await wire.until(/hello/)
  const close = (): void => {
    wire.destroy()
    void session.close()
  }
  return { ended: wire.over(), again: () => outcome(openWire(port).then((second) => second.destroy())), close }
}
