/**
 * Owns the system calls that a sandbox refuses, as a filter for the kernel (seccomp(2), classic BPF): sockets in files lead out of
 * a sandbox without a network, and one process must not reach into another.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { arch, tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '@towline/protocol'

/** Numbers of linux/audit.h and asm/unistd.h. */
interface Machine {
  readonly audit: number
  /** ptrace, process_vm_readv, process_vm_writev, io_uring_setup, io_uring_enter, io_uring_register. */
  readonly always: readonly number[]
  readonly connect: number
}

const MACHINES: Readonly<Record<string, Machine>> = {
  x64: { audit: 0xc000003e, always: [101, 310, 311, 425, 426, 427], connect: 42 },
  arm64: { audit: 0xc00000b7, always: [117, 270, 271, 425, 426, 427], connect: 203 },
}

/** struct sock_filter: code, where to go when it is so and when not, operand. */
type Instruction = readonly [code: number, yes: number, no: number, operand: number]

const LOAD = 0x20
const IF_EQUAL = 0x15
const IF_AT_LEAST = 0x35
const ANSWER = 0x06
const ALLOW = 0x7fff0000
/** EPERM. */
const REFUSE = 0x00050001
const [NUMBER, ARCH] = [0, 4]
/** Calls of the x32 ABI have the same architecture and this bit. */
const X32 = 0x40000000

/** Throws SANDBOX_MISSING where the numbers of system calls are not known. */
const seccompFilter = (network: boolean, machine: string = arch()): Buffer => {
  const known = MACHINES[machine]
  if (!known)
    throw new AppError('SANDBOX_MISSING', { problem: `it is not known how to filter system calls of ${machine}.` })
  const refused = network ? known.always : [...known.always, known.connect]
  // Behind the checks stand ALLOW and, after it, REFUSE.
  const program: Instruction[] = [
    [LOAD, 0, 0, ARCH],
    [IF_EQUAL, 0, refused.length + 3, known.audit],
    [LOAD, 0, 0, NUMBER],
    [IF_AT_LEAST, refused.length + 1, 0, X32],
    ...refused.map((number, index): Instruction => [IF_EQUAL, refused.length - index, 0, number]),
    [ANSWER, 0, 0, ALLOW],
    [ANSWER, 0, 0, REFUSE],
  ]
  const bytes = Buffer.alloc(program.length * 8)
  for (const [index, [code, yes, no, operand]] of program.entries()) {
    bytes.writeUInt16LE(code, index * 8)
    bytes.writeUInt8(yes, index * 8 + 2)
    bytes.writeUInt8(no, index * 8 + 3)
    bytes.writeUInt32LE(operand, index * 8 + 4)
  }
  return bytes
}

/** Filters as files of this user, which bubblewrap is handed open. */
export class SeccompFiles {
  #folder: string | undefined
  readonly #made = new Map<boolean, string>()

  /** Words to stand before those of bubblewrap, after which `--seccomp 9` is one of its options. */
  before(network: boolean): readonly string[] {
    return ['/bin/sh', '-c', 'exec "$@" 9<"$0"', this.#file(network)]
  }

  close(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true })
    this.#folder = undefined
    this.#made.clear()
  }

  #file(network: boolean): string {
    const made = this.#made.get(network)
    if (made !== undefined) return made
    const filter = seccompFilter(network)
    this.#folder ??= mkdtempSync(join(tmpdir(), 'towline-seccomp-'))
    const file = join(this.#folder, network ? 'open' : 'closed')
    writeFileSync(file, filter, { mode: 0o600, flag: 'wx' })
    this.#made.set(network, file)
    return file
  }
}
