/** Loaded into a node by the memory case: a full collection on SIGUSR2. Needs --expose-gc. */
process.on("SIGUSR2", () => globalThis.gc?.());
