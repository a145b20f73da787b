/** Owns leaving fields away. */

/** A copy without the fields that are named. */
export const without = <Fields extends object, Key extends keyof Fields & string>(
  fields: Fields,
  ...left: readonly Key[]
): Omit<Fields, Key> =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => !left.includes(key as Key))) as Omit<Fields, Key>
