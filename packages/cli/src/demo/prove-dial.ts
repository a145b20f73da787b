/** Owns the proof of private dialing: a request over a dialed stream, and that the public edge knows no such name. */
import { request } from 'node:http'
import { toDuplex } from '@towline/base'
import { type Connection, openDial } from '@towline/operations'
import type { Tunnel } from '@towline/protocol'
import { AGENT } from '../version.ts'
import { since } from './proofs.ts'
import { PAGE_MARK } from './sample-page.ts'

export interface DialProof {
  readonly connection: Connection
  readonly tunnel: Tunnel
  readonly signal: AbortSignal
}

export const proveDial = async ({ connection, tunnel, signal }: DialProof): Promise<string> => {
  const started = performance.now()
  const dial = await openDial({ connection, tunnel: tunnel.name, agent: AGENT, signal })
  try {
    const text = await getPage(dial.channel, signal)
    if (!text.includes(PAGE_MARK)) throw new Error('another page came back')
    return `${tunnel.url} answered in ${since(started)}, link included`
  } finally {
    await dial.close()
  }
}

const getPage = (channel: Parameters<typeof toDuplex>[0], signal: AbortSignal): Promise<string> =>
  new Promise((done, fail) => {
    const stream = toDuplex(channel)
    const asked = request(
      { path: '/', headers: { host: 'sample' }, createConnection: () => stream, signal },
      (answer) => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', (chunk: string) => {
          text += chunk
        })
        answer.on('end', () => done(text))
        answer.on('error', fail)
      },
    )
    asked.on('error', fail)
    asked.end()
  })
