import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["./test/testbed/globalSetup.ts"],
    reporters: ["default", "./test/tally.ts"],
    // Two even on two cores: the slow tiers wait for rollouts and processes more than they compute.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Generous, since the slow tiers start real control planes on shared machines: a hang still ends.
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
