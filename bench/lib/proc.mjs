/** What the operating system says about a process and its children: CPU seconds and resident memory, from /proc. */
import { readdirSync, readFileSync } from 'node:fs'

/** Kernel ticks a second in /proc/<pid>/stat; 100 on every Linux that Node supports. */
const TICKS = 100
/** Fields of /proc/<pid>/stat counted after the command name (proc(5)): ppid, utime, stime, cutime, cstime. */
const PPID = 1
const TIMES = [11, 12, 13, 14]

/**
 * CPU seconds, user and system, of the processes and all their children, ended ones included; without programs of the
 * name `but` and what is below them.
 */
export function cpuSeconds(pids, { but } = {}) {
  return sum(tree(pids, but), (pid) => TIMES.reduce((ticks, field) => ticks + Number(stat(pid)[field] ?? 0), 0) / TICKS)
}

/** Milliseconds that all threads of a process ran until now, finer than ticks; 0 where the kernel does not tell. */
export function cpuMs(pid) {
  const threads = readdirSync(`/proc/${pid}/task`)
  return sum(threads, (thread) => Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0])) / 1e6
}

/** Resident MiB of each process with its children, in the order given. */
export function rssMiB(pids) {
  return pids.map((pid) => sum(tree([pid]), residentKiB) / 1024)
}

/** True while the process exists. */
export function isAlive(pid) {
  return stat(pid).length > 0
}

/** The processes and everything below them, but for branches of that name. */
function tree(pids, but) {
  const found = new Set(pids)
  const parents = readdirSync('/proc')
    .filter(isNumber)
    .map((pid) => [Number(pid), Number(stat(pid)[PPID])])
    .filter(([pid]) => but === undefined || read(`/proc/${pid}/comm`).trim() !== but)
  for (let before = -1; before !== found.size; ) {
    before = found.size
    for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid)
  }
  return [...found]
}

function residentKiB(pid) {
  return Number(/^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0)
}

function stat(pid) {
  const text = read(`/proc/${pid}/stat`)
  return text === '' ? [] : text.slice(text.lastIndexOf(')') + 2).split(' ')
}

function read(path) {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

const isNumber = (name) => /^\d+$/.test(name)
const sum = (items, value) => items.reduce((total, item) => total + value(item), 0)
