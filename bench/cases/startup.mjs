/** The relay is up; the host side starts: milliseconds until the public address answers. */
const ANSWER_MS = 15_000
const GRACE_MS = 5_000

export const startup = {
  name: 'startup',
  title: 'host side started to public address answering',
  kind: 'http',
  kindOf: { ssh: 'tcp', rathole: 'tcp', bore: 'tcp', frp: 'tcp', chisel: 'tcp' },
  rounds: 5,
  reference: 'rathole',
  peers: ['ssh', 'rathole', 'bore', 'frp', 'chisel', 'towline-http', 'towline-http-tls', 'towline-launcher'],
  metrics: [{ key: 'ms', unit: 'ms', digits: 0 }],
  async measure(face) {
    if (!face.hostSide) throw new Error('has no host side to restart')
    await face.hostSide.child.stop()
    const waiting = face.start('ready', { ms: ANSWER_MS, afterGone: true })
    await waiting.line((line) => (line === 'waiting' ? true : null), GRACE_MS)
    const startedAt = performance.timeOrigin + performance.now()
    face.hostSide.child = await face.hostSide.restart()
    try {
      const { at } = await waiting.line(
        (line) => (line.startsWith('{') ? JSON.parse(line) : null),
        ANSWER_MS + GRACE_MS,
      )
      return { ms: at - startedAt }
    } finally {
      await waiting.stop()
    }
  },
}
