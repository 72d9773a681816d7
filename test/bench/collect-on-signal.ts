/** Loaded into a node by the memory case: on SIGUSR2 a full collection, and a line on stdout that says what is left. Needs --expose-gc. */
process.on("SIGUSR2", () => {
  globalThis.gc?.();
  console.log(JSON.stringify({ msg: "collected", ...process.memoryUsage() }));
});
