/** One file up and down again as whole commands: prints s of each. Each copy is checked byte for byte. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { join } from 'node:path'
import { runCommand } from './reach.mjs'

const { shell, ...job } = JSON.parse(process.argv[2])
const back = join(job.folder, 'back')
const there = join(job.there, 'copy')

let result
try {
  const up = await time(shell.up, job.file)
  const down = await time(shell.down, back)
  const [sent, came, kept] = await Promise.all([job.file, back, there].map(digest))
  if (sent !== kept || sent !== came) throw new Error('a copy differs')
  result = { up, down }
} finally {
  await rm(back, { force: true })
  await rm(there, { force: true })
}
console.log(JSON.stringify(result))
process.exit(0)

async function time({ argv, env }, local) {
  const words = argv.map((word) => word.replace('{local}', local).replace('{name}', 'copy'))
  const at = performance.now()
  const status = await runCommand({ argv: words, env })
  if (status !== 0) throw new Error(`${words[0]} ended with ${status}`)
  return (performance.now() - at) / 1000
}

async function digest(file) {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}
