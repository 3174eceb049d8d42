import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { mutants } from './mutants.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
/** A number, not a time: what is run must not depend on how fast the machine is. */
const CAMPAIGN_SEEDS = 100
/** Seeds whose story shows a bug when it is planted: without it they must stay whole. Failing seeds join them. */
const PAST = [...new Set(mutants.map(({ killedBy }) => killedBy))]

/** Runs the simulator in a process of its own, whose clocks it replaces. */
async function simulate(...args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = await Promise.all([child.stdout.toArray(), child.stderr.toArray()])
  const code = child.exitCode ?? (await new Promise<number | null>((resolve) => child.once('close', resolve)))
  return { code, output: output.flat().join('') }
}

describe('the simulator', () => {
  test('tells the same story for the same seed', async () => {
    const [one, other] = [
      await simulate('--seed', '3', '--seeds', '2', '--trace'),
      await simulate('--seed', '3', '--seeds', '2', '--trace'),
    ]
    const fingerprints = (output: string): string[] => output.match(/fingerprint \S+/g) ?? []
    expect(fingerprints(one.output)).toHaveLength(2)
    expect(fingerprints(one.output)).toEqual(fingerprints(other.output))
  }, 120_000)

  test('finds every promise kept', async () => {
    const { code, output } = await simulate('--seed', '1', '--seeds', String(CAMPAIGN_SEEDS))
    expect(output).toContain('"failed":0')
    expect(code).toBe(0)
  }, 180_000)

  test.each(PAST)(
    'finds every promise kept under seed %i, which shows a bug when it is planted',
    async (seed) => {
      const { code, output } = await simulate('--seed', String(seed), '--seeds', '1')
      expect(output).toContain('"failed":0')
      expect(code).toBe(0)
    },
    120_000,
  )

  test.each(mutants)(
    'finds the planted bug: $name',
    async ({ name, killedBy }) => {
      const { code, output } = await simulate('--mutant', name, '--seed', String(killedBy), '--seeds', '1')
      expect(output).toContain('breaks a promise')
      expect(code).toBe(1)
    },
    120_000,
  )
})
