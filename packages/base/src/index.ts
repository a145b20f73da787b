/** Face of the base room. */
export {}
