/** Owns the mark by which a test cites the requirement it proves; the gate reads these calls from the source text. */

/** Cites one or more requirement ids of test/requirements.md. The call does nothing at run time. */
export const verifies = (...ids: readonly [string, ...string[]]): void => {
  if (ids.some((id) => !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(id)))
    throw new Error(`not a requirement id: ${ids.join(', ')}`)
}
