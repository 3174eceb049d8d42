import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const seconds = (count: number): number => count * 1000

/** Only for what `npm run test:compose` has started: tests/compose/run.ts. */
export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['tests/compose/*.test.ts'],
    // One deployment, which one of them stops and starts.
    fileParallelism: false,
    testTimeout: seconds(180),
    hookTimeout: seconds(90),
    // As long as a locator waits.
    expect: { poll: { timeout: seconds(30) } },
  },
})
