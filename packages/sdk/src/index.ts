/** Face of the sdk room. */
export {}
