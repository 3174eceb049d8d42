/** The short version of `npm run campaign:tabs` (reliability T-A9, G8), which itself looks for a planted bug first. */
import { describe, expect, test } from 'vitest'
import { troubleTabs } from '../campaigns/tabs.ts'

const SECONDS = 10
const SEED = Date.now() % 1_000_000

describe('five tabs of one account and three of the other, all typing', () => {
  test('all show the log, each message once, though tabs freeze, close and crash', async () => {
    const { faults, figures } = await troubleTabs({ seed: SEED, seconds: SECONDS })
    expect(faults, `seed ${SEED}`).toEqual([])
    expect(figures['tabsCompared']).toBe(8)
    expect(figures['shown']).toBeGreaterThan(8)
  }, 300_000)
})
