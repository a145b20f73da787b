/** Owns the one listening port: bounds what comes in, and hands each connection to who speaks its protocol. */
import { type ByteSocket, listenBytes, type Log } from '@towline/base'
import { AppError, type Limits } from '@towline/protocol'
import { Arrival, type Arrived } from './arrival.ts'
import { createDoors, type Doors, type DoorsDeps } from './doors.ts'

export interface ListenerOptions extends DoorsDeps {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
}

export interface Listener {
  /** The address that is listened on. */
  readonly host: string
  readonly port: number
  /** Connections of visitors that are open. */
  readonly visitors: number
  /** Stops listening and resets visitors; links are whoever's they were handed to. */
  close(): Promise<void>
}

/** Rejects with PORT_IN_USE, PORT_FORBIDDEN or OPTION_INVALID. */
export const openListener = async (options: ListenerOptions): Promise<Listener> => {
  const hall = new Hall(options)
  const { host, port } = options
  const server = await listenBytes({ host, port, onConnection: (socket) => hall.receive(socket) })
  let closing: Promise<void> | undefined
  return {
    host: server.host,
    port: server.port,
    get visitors() {
      return hall.visitors
    },
    close: () => {
      closing ??= server.close()
      hall.close()
      return closing
    },
  }
}

/** Connections that have not said what they are, and visitors. A link counts only until it is known as one. */
class Hall {
  readonly #limits: Limits
  readonly #log: Pick<Log, 'debug'>
  readonly #doors: Doors
  readonly #arriving = new Set<ByteSocket>()
  #closed = false

  constructor(options: ListenerOptions) {
    this.#limits = options.limits
    this.#log = options.log
    this.#doors = createDoors(options)
  }

  get visitors(): number {
    return this.#doors.visitors
  }

  receive(socket: ByteSocket): void {
    if (this.#closed || this.#arriving.size >= this.#limits.engineConnections) return socket.reset()
    this.#arriving.add(socket)
    new Arrival(socket, this.#limits, (arrived) => this.#onArrived(socket, arrived))
  }

  close(): void {
    this.#closed = true
    for (const socket of [...this.#arriving]) socket.reset()
    this.#doors.close()
  }

  #onArrived(socket: ByteSocket, arrived: Arrived | AppError | undefined): void {
    this.#arriving.delete(socket)
    if (arrived === undefined) return
    if (!(arrived instanceof AppError)) return this.#doors.enter(socket, arrived)
    this.#log.debug({ visitor: socket.remoteAddress, problem: arrived.details.problem }, 'connection closed')
    socket.reset()
  }
}
