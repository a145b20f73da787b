/** Owns finding the supervisor of this user for a command. */
import { openSupervisor, type Supervisor } from '@towline/operations'
import type { Io } from '../io.ts'
import { AGENT } from '../version.ts'
import { programWords } from './program-words.ts'

export const supervisorOf = ({ env }: Io, caFile?: string): Supervisor =>
  openSupervisor({
    env: caFile === undefined ? env : { ...env, TOWLINE_CA_FILE: caFile },
    program: programWords(),
    agent: AGENT,
  })
