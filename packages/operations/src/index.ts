/** Face of the operations room: what a workstation user or agent can do. */
export { type ListenAddress, parseListen, parsePort } from './address.ts'
export { type Connection, type ConnectionFlags, resolveConnection } from './context/connection.ts'
export { type Context, type Contexts, readContexts, saveContext } from './context/contexts.ts'
export { contextsFile, dataDir, type Env, homeDir } from './context/home.ts'
export { listContexts, type ShownContext, showContext, useContext } from './context/shown-context.ts'
export { type ForwardOptions, forwardSpec } from './tunnel/forward-spec.ts'
export { parseTarget, type Target } from './tunnel/target.ts'
