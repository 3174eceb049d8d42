import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { mutants } from './mutants.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))
/** The share of the campaign (`npm run campaign:sim`) that every run of the tests takes: seeds, and seconds at the most. */
const SHARE = ['--seeds', '2000', '--seconds', '75']
const REAL_SHARE = ['--seeds', '300', '--seconds', '30', '--primitives', 'webcrypto']
const LEAST_SEEDS = 20
/** Seeds that broke a promise, until a bug was mended. */
const FAILED_ONCE = [48, 1297]
/** Seeds whose story shows a bug when it is planted: without it they must stay whole. Failing seeds join them. */
const PAST = [...new Set([...FAILED_ONCE, ...mutants.map(({ killedBy }) => killedBy)])]

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

  test.each([
    ['with primitives that show what they do', SHARE],
    ['with WebCrypto', REAL_SHARE],
  ])(
    'finds every promise kept %s',
    async (_, share) => {
      const { code, output } = await simulate('--seed', '1', ...share)
      expect(output).toContain('"failedSeeds":[]')
      expect(code).toBe(0)
      expect(Number(/"seeds":([0-9]+)/.exec(output)?.[1])).toBeGreaterThan(LEAST_SEEDS)
    },
    300_000,
  )

  test.each(PAST)(
    'finds every promise kept under seed %i, which shows a bug when it is planted',
    async (seed) => {
      const { code, output } = await simulate('--seed', String(seed), '--seeds', '1')
      expect(output).toContain('"failedSeeds":[]')
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
