import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const seconds = (count: number): number => count * 1000

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['tests/**/*.test.ts'],
          exclude: ['tests/e2e/**', 'tests/compose/**'],
          testTimeout: seconds(20),
          hookTimeout: seconds(60),
          // What comes sooner or later may be late on a busy machine.
          expect: { poll: { timeout: seconds(10) } },
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['tests/e2e/**/*.test.ts'],
          // Each of these tests runs browsers and a server of its own, and waits much: two at a time fill two cores.
          testTimeout: seconds(180),
          hookTimeout: seconds(120),
          // As long as a locator waits.
          expect: { poll: { timeout: seconds(30) } },
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
