/** Owns serving one wire until it closes. */
import type { Wire } from '@towline/app-server'

/** The server sets who hears of the wire; its end is heard here too. */
export const untilClosed = (wire: Wire, server: { serve(wire: Wire): void }): Promise<void> => {
  server.serve(wire)
  const { sink } = wire
  return new Promise((done) => {
    wire.sink = {
      message: (text) => sink?.message(text),
      drained: () => sink?.drained(),
      closed: () => {
        sink?.closed()
        done()
      },
    }
  })
}
