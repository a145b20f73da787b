/** Owns services for tests of the wire: what is exposed stays in memory, and waits when the test says so. */
import { AppError, type Exposure, type ExposeRequest, type ServiceAnswer } from '@towline/protocol'
import type { Party } from '../session/rights.ts'
import type { Exposer } from './exposer.ts'

export const exposureOf = ({ id, port, protocol, name = id }: ExposeRequest): Exposure => ({
  id,
  name,
  url: `https://${name}.example`,
  tunnelId: `tun_${id}`,
  kind: 'http',
  protocol,
  host: 'localhost',
  port,
  status: 'online',
  tokenAuth: false,
  labels: {},
  createdAt: 1_764_000_000,
})

export const ANSWER: ServiceAnswer = { connected: true, status: 200, bytes: 0, head: '' }

export class FakeExposer implements Exposer {
  readonly all = new Map<string, Exposure>()
  /** Who asked, in turn. */
  readonly by: (string | undefined)[] = []
  /** What an expose waits for. */
  gate: Promise<unknown> = Promise.resolve()

  async expose(request: ExposeRequest, by?: Party): Promise<Exposure> {
    this.by.push(by?.key)
    await this.gate
    const exposure = exposureOf(request)
    this.all.set(exposure.id, exposure)
    return exposure
  }

  list(): readonly Exposure[] {
    return [...this.all.values()]
  }

  stop(id: string): Exposure {
    const exposure = this.all.get(id)
    if (!exposure) throw new AppError('EXPOSURE_UNKNOWN', { id })
    this.all.delete(id)
    return { ...exposure, status: 'stopped' }
  }

  async probe(): Promise<ServiceAnswer> {
    return ANSWER
  }
}
