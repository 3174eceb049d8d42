/** The short version of `npm run campaign:servers`. */
import { expect, test, vi } from 'vitest'
import { killServers } from './kill-servers.ts'

vi.setConfig({ testTimeout: 240_000 })

test('a killed server, database and Redis cost nobody an entry', async () => {
  const { killed, faults, acknowledged, sentAgain } = await killServers({
    engine: 'mariadb',
    rounds: 3,
    say: () => undefined,
  })
  expect(faults).toEqual([])
  expect(killed).toEqual({ server: 1, database: 1, redis: 1, nginx: 0 })
  expect(acknowledged).toBeGreaterThan(3 * 20)
  // The kills were felt.
  expect(sentAgain).toBeGreaterThan(0)
})
