/** The short version of `npm run campaign:kills` (reliability T-A1). */
import { describe, expect, test } from 'vitest'
import { killBrowsers } from '../campaigns/kills.ts'
import { withPlantedBug } from '../campaigns/planted.ts'

const KILLS = 3
/** A kill that comes before anything was typed shows no bug, so they go on until a look finds one. */
const PLANTED_KILLS_MOST = 40
const SEED = Date.now() % 1_000_000

describe('a browser that is killed while two tabs write and the network fails', () => {
  test('shows that IVs come from localStorage, where they do', async () => {
    const { faults } = await withPlantedBug(
      'IVs from localStorage, and no new keys after a crash',
      (project) => killBrowsers({ seed: SEED, kills: PLANTED_KILLS_MOST, project }),
    )
    expect(faults.filter((fault) => fault.startsWith('sealed twice')).length).toBeGreaterThan(0)
  }, 600_000)

  test('loses, doubles and disorders nothing, and repeats no key and IV', async () => {
    const { faults, figures } = await killBrowsers({ seed: SEED, kills: KILLS })
    expect(faults, `seed ${SEED}`).toEqual([])
    expect(figures['kills']).toBe(KILLS)
    expect(figures['shown']).toBeGreaterThan(KILLS)
  }, 300_000)
})
