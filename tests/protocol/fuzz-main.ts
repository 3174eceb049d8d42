/**
 * `npm run campaign:parsers`: a million mutated envelopes, and contents, pages, keys and answers beside them, in a heap of
 * 192 MiB. Ends with a line of figures in JSON. `-- --share 0.01` runs that part of it.
 */
import { parseArgs } from 'node:util'
import { type Counts, PROPERTY_NAMES, runProperty } from './fuzz-properties.ts'
import { makeWorld } from './fuzz-world.ts'

const FULL = { entries: 1_000_000, contents: 50_000, pages: 10_000, foreignKeys: 20_000, responses: 50_000 }
const AT_ONCE = 10_000

const { values } = parseArgs({ options: { share: { type: 'string', default: '1' } } })
const beganMs = performance.now()
const figures: Record<string, Record<string, number>> = {}
for (const name of PROPERTY_NAMES) {
  const counts: Counts = new Map()
  const inputs = Math.ceil(FULL[name] * Number(values.share))
  for (let done = 0; done < inputs; done += AT_ONCE) {
    // A new one each time, with other keys; the old one's crypto log goes with it.
    const world = await makeWorld()
    await runProperty(name, world, { inputs: Math.min(AT_ONCE, inputs - done), counts })
    world.browser.closeTabs()
    if (world.browser.faults.length > 0)
      throw new AggregateError(world.browser.faults, 'faults of the client')
  }
  figures[name] = { inputs, ...Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))) }
  process.stdout.write(`${name}: ${JSON.stringify(figures[name], null, 2)}\n`)
}
const { heapUsed, rss } = process.memoryUsage()
process.stdout.write(
  `${JSON.stringify({ seconds: Math.round((performance.now() - beganMs) / 1000), heapUsed, rss })}\n`,
)
process.exit(0)
