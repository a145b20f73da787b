/** What a result was measured on: cores, memory, kernel, Node and the versions of the peers. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os'

/** Facts about this machine, for the head of the table and the JSON. */
export function machine() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    distribution: /^PRETTY_NAME="(.*)"$/m.exec(text('/etc/os-release'))?.[1] ?? process.platform,
    load1: loadavg()[0],
  }
}

/** The line of a `--version` that names the version, or null. */
export function versionOf(argv) {
  if (!argv) return null
  try {
    const out = execFileSync('/bin/sh', ['-c', '"$@" 2>&1', 'sh', ...argv], { encoding: 'utf8', timeout: 5_000 })
    return firstLine(out)
  } catch (error) {
    return error.stdout ? firstLine(error.stdout) : null
  }
}

function firstLine(out) {
  const lines = out.split('\n').filter((line) => /\d/.test(line))
  return (lines.find((line) => /version/i.test(line)) ?? lines[0])?.trim().slice(0, 60) ?? null
}

function text(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
