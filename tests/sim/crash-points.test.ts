import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { SceneReport } from './crash-points.ts'
import { mutants } from './mutants.ts'
import { simulate } from './simulate.ts'

/** By scene, without repetitions. A new await that outlives a tab shows up here. */
const POINTS: unknown = JSON.parse(readFileSync(new URL('crash-points.json', import.meta.url), 'utf8'))
const ENOUGH_MS = 300_000

async function crashEverywhere(...args: readonly string[]): Promise<readonly SceneReport[]> {
  const { output } = await simulate('crash-points.ts', ...args)
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as SceneReport[] // the script's last line
}

describe('a crash', () => {
  test(
    'at any point breaks no promise',
    async () => {
      const reports = await crashEverywhere()
      expect(reports.flatMap(({ faults }) => faults)).toEqual([])
      expect(Object.fromEntries(reports.map(({ scene, points }) => [scene, points]))).toEqual(POINTS)
    },
    ENOUGH_MS,
  )

  test.each(mutants.filter(({ killedBy }) => 'scene' in killedBy))(
    'shows the planted bug: $name',
    async ({ name, killedBy }) => {
      const scene = 'scene' in killedBy ? killedBy.scene : ''
      const [report] = await crashEverywhere('--mutant', name, '--scene', scene)
      expect(report?.faults).not.toEqual([])
    },
    ENOUGH_MS,
  )
})
