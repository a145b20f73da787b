/** Owns the linked clients: who they are and which tunnels each hosts. */
import { AppError, type Client, type Limits } from '@towline/protocol'
import type { TunnelEntry } from './entry.ts'
import type { Host } from './host.ts'
import { Shelf } from './shelf.ts'

/** A linked client. */
export class ClientRecord {
  readonly host: Host
  /** Grows with each client of the engine; inventories are told in this order. */
  readonly order: number
  readonly entries = new Set<TunnelEntry>()
  /** Opens under way. */
  opening = 0

  constructor(host: Host, order: number) {
    this.host = host
    this.order = order
  }

  /** The newest snapshot. */
  get client(): Client {
    return { ...this.host.about, tunnels: [...this.entries].map(({ tunnel }) => tunnel.id) }
  }

  /** Counts an open until `run` is over. Throws LIMIT_REACHED over linkTunnels. */
  async opens<T>(limits: Limits, run: () => Promise<T>): Promise<T> {
    if (this.entries.size + this.opening >= limits.linkTunnels) {
      throw new AppError('LIMIT_REACHED', { limit: 'linkTunnels', value: limits.linkTunnels })
    }
    this.opening++
    try {
      return await run()
    } finally {
      this.opening--
    }
  }
}

/** All linked clients of an engine. */
export class Clients {
  readonly #shelf = new Shelf<ClientRecord>()
  #order = 0

  add(host: Host): ClientRecord {
    this.#order++
    const record = new ClientRecord(host, this.#order)
    this.#shelf.add(host.about.projectId, host.about.id, record)
    return record
  }

  get({ about }: Pick<Host, 'about'>): ClientRecord | undefined {
    return this.#shelf.get(about.projectId, about.id)
  }

  find(projectId: string, id: string): ClientRecord | undefined {
    return this.#shelf.get(projectId, id)
  }

  delete({ about }: Pick<Host, 'about'>): boolean {
    return this.#shelf.delete(about.projectId, about.id)
  }

  of(projectId: string): readonly ClientRecord[] {
    return this.#shelf.of(projectId)
  }

  all(): readonly ClientRecord[] {
    return this.#shelf.all()
  }
}
