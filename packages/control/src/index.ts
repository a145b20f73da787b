/** Face of the control room. */
export {}
