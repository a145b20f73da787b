/** Owns which variables a supervisor has of its own. */
import { type Env, homeDir } from '../context/home.ts'

/** What a process needs to run and to find its state. Neither servers nor tokens: each call brings its own. */
const KEPT =
  /^(PATH|HOME|USER|LOGNAME|SHELL|TMPDIR|TZ|LANG|LC_.*|XDG_.*|NODE_EXTRA_CA_CERTS|SSL_CERT_.*|TOWLINE_LOG|.*_proxy)$/i

export const daemonEnv = (env: Env): Env => ({
  ...Object.fromEntries(Object.entries(env).filter(([key]) => KEPT.test(key))),
  TOWLINE_HOME: homeDir(env),
})
