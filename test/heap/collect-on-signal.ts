/** Loaded into a service (`node --expose-gc --import`): on SIGUSR2 a full collection, and a line on stdout that says what is left. */
process.on("SIGUSR2", () => {
  globalThis.gc?.();
  console.log(JSON.stringify({ msg: "collected", ...process.memoryUsage() }));
});
