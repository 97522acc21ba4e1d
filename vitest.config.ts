import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["./test/testbed/globalSetup.ts"],
    reporters: ["default", "./test/tally.ts"],
    // Generous, since the slow tiers start real control planes on shared machines: a hang still ends.
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
