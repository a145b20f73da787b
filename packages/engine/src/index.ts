/** Face of the engine room. */
export {}
