/** Owns which of the agents that we know are on this machine. */
import { existsSync } from 'node:fs'
import { findProgram } from '@towline/base'
import type { Env } from '../context/home.ts'
import { AGENT_NAMES, type AgentName, AGENTS } from './agents.ts'

/** Those whose command line is in PATH, or that left settings. */
export const presentAgents = (env: Env): readonly AgentName[] =>
  AGENT_NAMES.filter((name) => {
    const { cli, file } = AGENTS[name]
    return findProgram(env, cli) !== undefined || existsSync(file(env))
  })
