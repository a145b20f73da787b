/** Face of the operations room. */
export {}
