/** `true` there and back: on a connection that stands, on a new one, by a command from cold, and many at once. Prints median ms. */
import { quantile } from '../../lib/stats.mjs'
import { openMachine, runCommand } from './reach.mjs'

const { shell, ...job } = JSON.parse(process.argv[2])
const TRUE = { kind: 'exec', argv: ['true'] }
const { runExec } = await import(new URL('../../../packages/webtty/dist/index.js', import.meta.url).href)

const shared = await openShared(shell.shared)
await shared.run()
const values = { sharedMs: await medianOf(job.shared, shared.run), burstMs: await once(burst) }
if (shell.fresh) values.freshMs = await medianOf(job.fresh, () => runFresh(shell.fresh))
if (shell.cold) values.coldMs = await medianOf(job.cold, () => expectZero(runCommand(shell.cold, ['true'])))
console.log(JSON.stringify(values))
process.exit(0)

/** `run()` starts one more command beside those that run. */
async function openShared(how) {
  if (how.bare) return { run: () => expectZero(runCommand({ argv: ['true'] })) }
  if (how.argv) return { run: () => expectZero(runCommand(how, ['true'])) }
  const machine = await openMachine(how)
  const connection = await machine.connect()
  return { run: () => execOn(connection, how.url) }
}

async function runFresh(how) {
  if (how.argv) return expectZero(runCommand(how, ['true']))
  const machine = await openMachine(how)
  const connection = await machine.connect()
  await execOn(connection, how.url)
  connection.close()
  await machine.close()
}

async function execOn(connection, url) {
  const { exitCode, error } = await runExec(connection, TRUE, { url })
  if (exitCode !== 0) throw new Error(`true ended with ${exitCode}: ${error?.message}`)
}

async function expectZero(status) {
  if ((await status) !== 0) throw new Error(`true ended with ${await status}`)
}

async function burst() {
  await Promise.all(Array.from({ length: job.burst }, () => shared.run()))
}

async function once(run) {
  const at = performance.now()
  await run()
  return performance.now() - at
}

async function medianOf(times, run) {
  const all = []
  for (let time = 0; time < times; time += 1) all.push(await once(run))
  return quantile(all, 0.5)
}
