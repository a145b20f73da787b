/** WebTTY beside ssh: keystrokes, output in bulk, interrupting it, commands, files and idle sessions. */
import { randomFillSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rssMiB } from '../lib/proc.mjs'

const KEYS = 1_500
const LINES = 1_000_000
const RAW_BYTES = 100_000_000
const FLOOD_MS = 700
const FLOODS = 5
const FILE_BYTES = 100_000_000
const EXECS = { shared: 40, fresh: 10, cold: 5, burst: 100 }
const JOB_MS = 60_000
const SETTLE_MS = 500
const TERMINALS = ['openssh', 'webtty', 'webtty-tls', 'webtty-e2e', 'webtty-cli', 'webtty-cli-tls']
const PLAIN_AND_ALL = ['openssh', 'webtty', 'webtty-tls', 'webtty-e2e']

const base = { kind: 'shell', group: 'webtty', reference: 'openssh' }

export const webttyCases = [
  {
    ...base,
    name: 'tty-echo',
    title: `${KEYS} keystrokes and their echoes, one after another (added = p50 - p50 of a bare terminal in the same round)`,
    cores: 'one',
    rounds: 5,
    peers: ['bare', ...TERMINALS],
    metrics: [
      { key: 'p50', unit: 'p50 µs', digits: 0 },
      { key: 'added', unit: 'added µs', digits: 0, plain: true },
      { key: 'p99', unit: 'p99 µs', digits: 0 },
    ],
    measure: (face) => face.job('shell/echo', { keys: KEYS }, JOB_MS),
    finishRound(row) {
      for (const values of Object.values(row)) values.added = values.p50 - (row.bare?.p50 ?? Number.NaN)
    },
  },
  {
    ...base,
    name: 'tty-flood',
    title: 'seq 1 1000000 to its last byte, 100 MB of raw bytes, CPU of all hops and the client for them',
    rounds: 5,
    peers: ['bare', ...TERMINALS],
    metrics: [
      { key: 'seqMs', unit: 'seq ms', digits: 0 },
      { key: 'rawMBs', unit: 'raw MB/s', digits: 0 },
      { key: 'cpuMs', unit: 'CPU ms/100 MB', digits: 0 },
    ],
    measure: (face) => face.job('shell/flood', { lines: LINES, rawBytes: RAW_BYTES, pids: face.pids }, JOB_MS),
  },
  {
    ...base,
    name: 'tty-stop',
    title:
      'Ctrl-C to the prompt while output floods a reader of 10 MB/s, what still came in between, growth of the client',
    rounds: 3,
    peers: TERMINALS,
    metrics: [
      { key: 'promptMs', unit: 'prompt ms', digits: 1 },
      { key: 'worstMs', unit: 'worst ms', digits: 1, plain: true },
      { key: 'lateKiB', unit: 'late KiB', digits: 0 },
      { key: 'grownMiB', unit: 'grown MiB', digits: 1, plain: true },
    ],
    measure: (face) => face.job('shell/stop', { floodMs: FLOOD_MS, times: FLOODS }, JOB_MS),
  },
  {
    ...base,
    name: 'exec',
    title: `true there and back: connection that stands, new one, command from cold, ${EXECS.burst} at once`,
    rounds: 3,
    peers: ['bare', ...PLAIN_AND_ALL],
    metrics: [
      { key: 'sharedMs', unit: 'standing ms', digits: 2 },
      { key: 'freshMs', unit: 'new ms', digits: 1 },
      { key: 'handshakeMs', unit: 'of it e2e ms', digits: 1, plain: true },
      { key: 'coldMs', unit: 'cold ms', digits: 0 },
      { key: 'burstMs', unit: `${EXECS.burst} at once ms`, digits: 0 },
    ],
    measure: (face) => face.job('shell/exec', EXECS, JOB_MS),
    finishRound({ webtty, 'webtty-e2e': encrypted }) {
      if (encrypted) encrypted.handshakeMs = encrypted.freshMs - (webtty?.freshMs ?? Number.NaN)
    },
  },
  {
    ...base,
    name: 'files',
    title: '100 MB file up and down by a command, against scp',
    rounds: 5,
    peers: ['openssh', 'webtty', 'webtty-tls'],
    metrics: [
      { key: 'up', unit: 'up s', digits: 2 },
      { key: 'down', unit: 'down s', digits: 2 },
    ],
    async measure(face) {
      const folder = await mkdtemp(join(tmpdir(), 'towline-bench-'))
      try {
        const file = join(folder, 'file')
        await writeFile(file, randomFillSync(Buffer.allocUnsafe(FILE_BYTES)))
        return await face.job('shell/copy', { file, folder, there: face.dir }, JOB_MS)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  },
  {
    ...base,
    name: 'tty-idle',
    title: 'resident memory for each connection that says nothing: the first process (relay, or sshd), and the machine',
    fresh: true,
    rounds: 1,
    peers: PLAIN_AND_ALL,
    metrics: [
      { key: 'firstKiB', unit: 'KiB/idle', digits: 0 },
      { key: 'hostKiB', unit: 'host KiB/idle', digits: 0 },
      { key: 'open', unit: 'open', digits: 0, plain: true },
    ],
    async measure(face) {
      const before = rssMiB(face.pids)
      const holder = face.start('shell/idle', {})
      try {
        const { open } = await holder.line((line) => (line.startsWith('{') ? JSON.parse(line) : null), JOB_MS)
        await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
        const [first, host] = rssMiB(face.pids).map((now, index) => ((now - before[index]) * 1024) / open)
        return { firstKiB: first, hostKiB: host ?? Number.NaN, open }
      } finally {
        await holder.stop()
      }
    },
  },
]
