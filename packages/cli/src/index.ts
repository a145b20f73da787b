/** Face of the cli room. */
export {}
