/** The short version of `npm run campaign:tabs` (reliability T-A9, G8). */
import { describe, expect, test } from 'vitest'
import { withPlantedBug } from '../campaigns/planted.ts'
import { troubleTabs } from '../campaigns/tabs.ts'

const SECONDS = 20
const PLANTED_TRIES = 2
const SEED = Date.now() % 1_000_000

/** Whether one of two tries shows a repeated IV. */
async function findRepeats(project: string): Promise<boolean> {
  for (let attempt = 0; attempt < PLANTED_TRIES; attempt += 1) {
    const { faults } = await troubleTabs({ seed: SEED + attempt, seconds: SECONDS, project })
    if (faults.some((fault) => fault.startsWith('sealed twice'))) return true
  }
  return false
}

describe('five tabs of one account and three of the other, all typing', () => {
  test('show that each tab counts IVs for itself, where it does', async () => {
    const isFound = await withPlantedBug('IVs counted by each tab for itself', findRepeats)
    expect(isFound).toBe(true)
  }, 300_000)

  test('all show the log, each message once, though tabs freeze, close and crash', async () => {
    const { faults, figures } = await troubleTabs({ seed: SEED, seconds: SECONDS })
    expect(faults, `seed ${SEED}`).toEqual([])
    expect(figures['tabsCompared']).toBe(8)
    expect(figures['shown']).toBeGreaterThan(8)
  }, 300_000)
})
