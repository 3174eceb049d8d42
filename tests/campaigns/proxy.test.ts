/** The short version of `npm run campaign:proxy` (reliability G6, G8). */
import { describe, expect, test } from 'vitest'
import { PROXY_BUGS, runProxySeeds } from './proxy-batch.ts'

const SEEDS = 12
const PLANTED_SEEDS = 10
const FIRST = Date.now() % 1_000_000

describe('a proxy that delays, cuts, repeats and reorders', () => {
  test('shows a client that applies pages which do not follow', async () => {
    const { failed } = await runProxySeeds({ first: FIRST, count: PLANTED_SEEDS, mutant: PROXY_BUGS[0] })
    expect(failed.length).toBeGreaterThan(0)
  }, 120_000)

  test('leaves every history as the log is', async () => {
    const { figures, failed } = await runProxySeeds({ first: FIRST, count: SEEDS })
    expect(failed).toEqual([])
    expect(figures['seeds']).toBe(SEEDS)
    expect(figures['networkFaults']).toBeGreaterThan(SEEDS)
  }, 120_000)
})
