import { describe, expect, test } from 'vitest'
import { mutants } from './mutants.ts'
import { simulate } from './simulate.ts'

/** The share of the campaign (`npm run campaign:sim`) that every run of the tests takes: as many seeds as fit into the seconds. */
const SHARE = ['--seeds', '2000', '--seconds', '30']
const REAL_SHARE = ['--seeds', '300', '--seconds', '15', '--primitives', 'webcrypto']
const planted = mutants.flatMap(({ name, killedBy }) => ('seed' in killedBy ? [{ name, ...killedBy }] : []))
/** Seeds whose story shows a bug when it is planted: without it they must stay whole. */
const PAST = [...new Map(planted.map((one) => [`${one.seed} ${one.server}`, one])).values()]

/** One after the other, so that they end in their order. */
const STORIES = ['--seed', '3', '--seeds', '4', '--workers', '1', '--trace']

describe('the simulator', () => {
  test('tells the same story for the same seed', async () => {
    const [one, other] = [await simulate('main.ts', ...STORIES), await simulate('main.ts', ...STORIES)]
    const fingerprints = (output: string): string[] => output.match(/fingerprint \S+/g) ?? []
    expect(fingerprints(one.output)).toHaveLength(4)
    expect(fingerprints(one.output)).toEqual(fingerprints(other.output))
  }, 120_000)

  test.each([
    ['with primitives that show what they do', SHARE],
    ['with WebCrypto', REAL_SHARE],
  ])(
    'finds every promise kept %s',
    async (_, share) => {
      const { code, output } = await simulate('main.ts', '--seed', '1', ...share)
      expect(output).toContain('"failedSeeds":[]')
      expect(code).toBe(0)
      // How many is a matter of the machine.
      expect(Number(/"seeds":([0-9]+)/.exec(output)?.[1])).toBeGreaterThan(0)
    },
    300_000,
  )

  test.each(PAST)(
    'finds every promise kept under seed $seed ($server), which shows a bug when it is planted',
    async ({ seed, server }) => {
      const { code, output } = await simulate(
        'main.ts',
        '--seed',
        String(seed),
        '--seeds',
        '1',
        '--server',
        server,
      )
      expect(output).toContain('"failedSeeds":[]')
      expect(code).toBe(0)
    },
    120_000,
  )

  test.each(planted)(
    'finds the planted bug: $name',
    async ({ name, seed, server }) => {
      const story = ['--seed', String(seed), '--seeds', '30', '--server', server]
      const { code, output } = await simulate('main.ts', '--mutant', name, ...story)
      expect(output).toContain('breaks a promise')
      expect(code).toBe(1)
    },
    120_000,
  )
})
