/**
 * `node tests/campaigns/proxy-worker.ts --first 1 --count 20`: runs these seeds, a few at a time, against one server, and ends
 * with a line of JSON. `--mutant NAME` plants one of the simulator's bugs.
 */
import { parseArgs } from 'node:util'
import { sum, type Figures } from '../sim/figures.ts'
import { plantByName } from '../sim/mutants.ts'

/** Seeds mostly wait. */
const AT_ONCE = 4

/** What the last line holds. */
export interface Batch {
  readonly figures: Figures
  readonly failed: readonly { readonly seed: number; readonly faults: readonly string[] }[]
}

const { values } = parseArgs({
  options: {
    first: { type: 'string', default: '1' },
    count: { type: 'string', default: '20' },
    mutant: { type: 'string' },
  },
})
if (values.mutant !== undefined) plantByName(values.mutant)
// After the bug is planted.
const { runProxySeed } = await import('./proxy-seed.ts')
const { startTestServer } = await import('../client/person.ts')

const server = await startTestServer()
const end = Number(values.first) + Number(values.count)
let next = Number(values.first)
let batch: Batch = { figures: {}, failed: [] }
await Promise.all(Array.from({ length: AT_ONCE }, runSeeds))
await server.stop()
process.stdout.write(`${JSON.stringify(batch)}\n`)
// Timers of closed tabs and proxies are of no use any more.
process.exit()

async function runSeeds(): Promise<void> {
  while (next < end) {
    const seed = next++
    const { faults, figures } = await runProxySeed(seed, server.origin)
    batch = {
      figures: sum(batch.figures, { seeds: 1, ...figures }),
      failed: faults.length === 0 ? batch.failed : [...batch.failed, { seed, faults }],
    }
  }
}
