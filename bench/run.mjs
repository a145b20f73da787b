/** `npm run bench -- [CASE… | webtty | agents] [--quick] [--peers A,B] [--rounds N] [--floors] [--guide] [-o json]`: measures Towline beside its peers. */
import { mkdir, writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { CASES } from './cases/index.mjs'
import { stopAll } from './lib/child.mjs'
import { compareFloors } from './lib/floors.mjs'
import { writeGuide } from './lib/guide.mjs'
import { machine, versionOf } from './lib/machine.mjs'
import { formatReport } from './lib/report.mjs'
import { removeFolders } from './lib/peer.mjs'
import { runCase } from './lib/run-case.mjs'
import { PEERS, versionArgv, whyMissing } from './peers/index.mjs'

const RESULTS = fileURLToPath(new URL('./results', import.meta.url))
/** `--quick`: the peers that the floors compare with, and the product. */
const QUICK_PEERS = [
  'direct',
  'haproxy',
  'nginx-http',
  ...[...PEERS.keys()].filter((name) => name.startsWith('towline')),
]
const QUICK_ROUNDS = {
  bulk1: 1,
  bulk32: 1,
  http64: 1,
  newconn: 1,
  pingpong: 3,
  fairness: 1,
  rtt40: 1,
  memory: 1,
  startup: 3,
  control: 1,
}
const OPTIONS = {
  quick: { type: 'boolean', default: false },
  peers: { type: 'string' },
  rounds: { type: 'string' },
  floors: { type: 'boolean', default: false },
  guide: { type: 'boolean', default: false },
  output: { type: 'string', short: 'o', default: 'table' },
  help: { type: 'boolean', short: 'h', default: false },
}

async function main() {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true })
  if (values.help) return console.log(usage())
  const names =
    positionals.length > 0 ? positionals.flatMap(namesOf) : [...CASES.keys()].filter((name) => !CASES.get(name).group)
  const chosen = values.peers?.split(',')
  const only = chosen ?? (values.quick ? QUICK_PEERS : undefined)
  refuseUnknown(names, CASES, 'case')
  refuseUnknown(only ?? [], PEERS, 'peer')
  const takePart = new Set(names.flatMap((name) => peerNames(CASES.get(name), { chosen, only })))
  const result = { startedAt: new Date().toISOString(), machine: machine(), versions: versions(takePart), cases: [] }
  for (const name of names) {
    const rounds = Number(values.rounds) || (values.quick ? (QUICK_ROUNDS[name] ?? 1) : undefined)
    result.cases.push(
      await runCase(CASES.get(name), { names: peerNames(CASES.get(name), { chosen, only }), rounds, log }),
    )
  }
  result.machine.load1AtEnd = loadavg()[0]
  if (values.floors) result.floors = compareFloors(result.cases)
  await publish(result, values.output)
  const failed = failedRows(result)
  for (const row of failed) log(`FAILED ${row}`)
  if (failed.length > 0) process.exitCode = 1
  else if (values.guide) await writeGuide(result)
}

/** Each peer that could not be measured, with why. */
const failedRows = ({ cases }) =>
  cases.flatMap(({ name, failed }) => Object.entries(failed).map(([peer, why]) => `${name} ${peer}: ${why}`))

function usage() {
  return `npm run bench -- [CASE…] [--quick] [--peers A,B] [--rounds N] [--floors] [--guide] [-o json]
cases: ${[...CASES.keys()].join(' ')}; webtty for those beside ssh, agents for those of MCP
peers: ${[...PEERS.keys()].join(' ')}`
}

/** The cases of a group, or the one of that name. */
function namesOf(name) {
  const grouped = [...CASES.values()].filter(({ group }) => group === name).map((each) => each.name)
  return grouped.length > 0 ? grouped : [name]
}

/** The peers of a case: its own list narrowed by --quick, or any that --peers names and that speaks its kind. */
function peerNames(each, { chosen, only }) {
  if (each.alone) return each.peers
  if (chosen) return chosen.filter((name) => PEERS.get(name).kinds.includes(each.kindOf?.[name] ?? each.kind))
  return each.peers.filter((name) => each.group || !only || only.includes(name))
}

function refuseUnknown(names, known, what) {
  const unknown = names.filter((name) => !known.has(name))
  if (unknown.length === 0) return
  console.error(`no such ${what}: ${unknown.join(', ')}\n${usage()}`)
  process.exit(2)
}

function versions(takePart) {
  const present = [...PEERS.values()].filter((peer) => takePart.has(peer.name) && !whyMissing(peer))
  const rows = present.map((peer) => [peer.name, versionOf(versionArgv(peer))]).filter(([, version]) => version)
  return Object.fromEntries(rows.filter(([name]) => !/-(http|tls|launcher|http-.*|e2e|cli|cli-tls)$/.test(name)))
}

/** Prints the table (or the JSON) on stdout and keeps the JSON under bench/results. */
async function publish(result, output) {
  const file = join(RESULTS, `${result.startedAt.replaceAll(/[:.]/g, '-')}.json`)
  await mkdir(RESULTS, { recursive: true })
  await writeFile(file, `${JSON.stringify(result, null, 2)}\n`)
  console.log(output === 'json' ? JSON.stringify(result) : formatReport(result))
  log(`JSON: ${file}`)
}

function log(text) {
  process.stderr.write(`${text}\n`)
}

/** Ctrl-C ends what was started before the bench itself. */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, async () => {
    await stopAll()
    removeFolders()
    process.exit(130)
  })
}

try {
  await main()
} finally {
  await stopAll()
}
