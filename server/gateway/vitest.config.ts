import { defineConfig } from "vitest/config";

// A server is started for each file: on a busy machine that takes its time.
export default defineConfig({ test: { testTimeout: 30_000, hookTimeout: 30_000 } });
