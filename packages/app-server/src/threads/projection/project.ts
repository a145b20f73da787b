/** Owns reading a rollout from its first line to its last, or to where it is damaged. */
import type { Damage, RolloutSource } from '../rollout-reader.ts'
import { Projection } from './projection.ts'

export interface Projected {
  readonly projection: Projection
  readonly damage: Damage | undefined
}

export const project = async (source: RolloutSource): Promise<Projected> => {
  const projection = new Projection()
  let damage: Damage | undefined
  for await (const line of source.lines((found) => {
    damage = found
  }))
    projection.push(line)
  return { projection, damage }
}
