import { defineConfig } from "vitest/config";

declare module "vitest" {
  interface ProvidedContext {
    /** BELLWIRE_BALANCER_IO of the balancers that unit tests start. */
    io?: "node";
  }
}

/** CI gives what failed one more try, and the report names it: two cores shared with others are not the test's fault. */
const retry = process.env.CI === "true" ? 1 : 0;

/** Files run one after another where they share real servers or measure processes: two cores are all there are. */
const onRealParts = {
  globalSetup: ["test/backends/global-setup.ts"],
  fileParallelism: false,
  testTimeout: 60_000,
  hookTimeout: 120_000,
  retry,
};

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          // A machine that is busy with others' work makes no test wrong.
          testTimeout: 20_000,
          retry,
          include: [
            "{packages,services,infra}/**/*.test.ts",
            "test/hub/**/*.test.ts",
            "test/network/**/*.test.ts",
            "test/chaos/{ledger,plan,stage}/**/*.test.ts",
            "test/chaos/{memory,options,quiet}.test.ts",
            "test/examples/docs.test.ts",
          ],
          exclude: ["**/node_modules/**"],
        },
      },
      {
        test: {
          name: "sockets",
          // What carries connections in the balancer where its own system calls cannot be had; the unit tests show those.
          provide: { io: "node" },
          testTimeout: 20_000,
          retry,
          include: ["services/balancer/src/stories/{abuse,exchange,forward,handover,retry,smuggling}.test.ts"],
        },
      },
      { test: { name: "contract", include: ["test/contract/**/*.test.ts"], ...onRealParts } },
      {
        test: {
          name: "cluster",
          include: [
            "test/cluster/**/*.test.ts",
            "test/examples/{publish,subscribe,backend}-*.test.ts",
            "test/chaos/chaos.test.ts",
          ],
          ...onRealParts,
        },
      },
      {
        test: {
          name: "balancer",
          include: ["test/balancer/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
          retry,
        },
      },
      {
        test: {
          name: "security",
          include: ["test/security/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          retry,
        },
      },
      { test: { name: "browser", include: ["test/browser/**/*.test.ts"], ...onRealParts } },
      { test: { name: "compose", include: ["test/compose/**/*.test.ts"], fileParallelism: false } },
    ],
  },
});
