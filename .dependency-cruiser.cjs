/**
 * Which way imports point. Each rule says why in its comment; `npm run check:imports` enforces them.
 * `typescript` must be a version with a compiler API (see package.json): without one this tool sees no .ts files at all.
 */
/** Tests, and in a folder `testing` what several tests of one package share. */
const TEST = "\\.(test|bench)\\.ts$|^(packages|services|infra)/[^/]+/src/testing/";

/** Package `name` may import of our own only `allowed`. */
const onlyOurs = (name, allowed) => ({
  name: `${name}-imports-${allowed.length === 0 ? "no-other-package" : `only-${allowed.join("-")}`}`,
  comment: `packages/${name} knows ${allowed.length === 0 ? "no other package" : allowed.join(", ")} and nothing else of ours.`,
  severity: "error",
  from: { path: `^packages/${name}/`, pathNot: TEST },
  to: { path: "^(packages|services|infra|test)/", pathNot: `^packages/(${[name, ...allowed].join("|")})/` },
});

/** Package `name` may import from npm only `allowed`. */
const onlyNpm = (name, allowed) => ({
  name: `${name}-takes-${allowed.length === 0 ? "nothing" : `only-${allowed.join("-")}`}-from-npm`,
  comment: `A driver or library in packages/${name} would leak into everything that imports it.`,
  severity: "error",
  from: { path: `^packages/${name}/`, pathNot: TEST },
  to: {
    dependencyTypes: ["npm", "npm-dev", "npm-optional", "npm-peer", "npm-no-pkg", "npm-unknown"],
    pathNot: [...allowed.map((one) => `node_modules/${one}/`), "^packages/", "^@bellwire/"],
  },
});

module.exports = {
  forbidden: [
    {
      name: "no-circular",
      comment: "Two files that need each other are one file, or miss a third.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "not-resolvable",
      comment: "An import that leads nowhere, or to a package that package.json does not name.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "not-to-undeclared",
      comment: "A package that works only because another one happens to install it. Tests use what the root installs.",
      severity: "error",
      from: { pathNot: TEST },
      to: { dependencyTypes: ["npm-no-pkg", "npm-unknown"], pathNot: "^@bellwire/" },
    },
    {
      name: "not-to-dev-dep",
      comment: "An image is installed with --prod: what runs there cannot import a development dependency.",
      severity: "error",
      from: { path: "^(packages|services)/[^/]+/src/", pathNot: TEST },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"], pathNot: "^(packages|services|infra)/" },
    },
    {
      name: "not-to-test-code",
      comment: "What runs in production needs nothing that was written for tests.",
      severity: "error",
      from: { path: "^(packages|services|infra)/", pathNot: TEST },
      to: { path: TEST },
    },
    {
      name: "packages-point-downward",
      comment: "Packages are below services, infra and tests.",
      severity: "error",
      from: { path: "^packages/" },
      to: { path: "^(services|infra|test)/" },
    },
    {
      name: "services-are-strangers",
      comment: "A service is another process: it is talked to over the wire, never imported.",
      severity: "error",
      from: { path: "^services/([^/]+)/" },
      to: { path: "^services/", pathNot: "^services/$1/" },
    },
    {
      name: "services-below-infra-and-tests",
      comment: "The launcher and the tests run services, not the other way round.",
      severity: "error",
      from: { path: "^services/" },
      to: { path: "^(infra|test)/" },
    },
    {
      name: "backends-know-no-cluster",
      comment: "infra/backends runs servers; it knows neither services nor the test framework.",
      severity: "error",
      from: { path: "^infra/backends/", pathNot: TEST },
      to: { path: "^(packages|services|test)/|node_modules/(vitest|testcontainers)/" },
    },
    {
      name: "only-through-the-index",
      comment: "What a package offers is in its index; all else is its own. Tests look inside only their own package.",
      severity: "error",
      from: { path: "^(packages|services|infra)/([^/]+)/" },
      to: {
        path: "^(packages|services|infra)/[^/]+/",
        pathNot: ["^$1/$2/", "^(packages|services|infra)/[^/]+/src/index\\.ts$"],
      },
    },
    {
      name: "tests-enter-through-the-index",
      comment:
        "A contract or cluster test sees what users of the package see. A service may be started by its main file.",
      severity: "error",
      from: { path: "^test/" },
      to: { path: "^(packages|services|infra)/", pathNot: "^(packages|services|infra)/[^/]+/src/(index|main)\\.ts$" },
    },
    onlyOurs("protocol", []),
    onlyOurs("runtime", []),
    onlyOurs("hub", ["protocol"]),
    onlyOurs("auth", ["protocol"]),
    onlyOurs("events", ["protocol"]),
    onlyOurs("memory", ["hub", "protocol"]),
    onlyOurs("redis", ["hub", "protocol"]),
    onlyOurs("rabbitmq", ["hub", "protocol"]),
    onlyNpm("hub", []),
    onlyNpm("protocol", ["fossil-delta", "protobufjs", "zod"]),
    onlyNpm("events", ["zod"]),
    onlyNpm("auth", ["jose", "zod"]),
    onlyNpm("memory", []),
    onlyNpm("redis", ["ioredis", "zod"]),
    onlyNpm("rabbitmq", ["amqplib", "zod"]),
    {
      name: "hub-is-pure",
      comment: "The core has no clock, no network and no files of its own: they come through its ports.",
      severity: "error",
      from: { path: "^packages/hub/", pathNot: TEST },
      to: { dependencyTypes: ["core"] },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(packages|services|infra)/[^/]+/(page/)?dist/" },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default"] },
    tsConfig: { fileName: "tsconfig.json" },
  },
};
