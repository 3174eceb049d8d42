/**
 * `npm run campaign:proxy`: finds two planted bugs, then runs 1,000 seeds of two clients in Node, and 12 rounds of two
 * browsers. `-- --seed 7 --seeds 50 --rounds 2` is another first seed and size; `--state FILE` goes on where the last run with
 * that file stopped. Ends with 1 when a promise was broken, or a planted bug was not found.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { sum } from '../sim/figures.ts'
import { PROXY_BUGS, runProxySeeds } from './proxy-batch.ts'
import { interfereWithBrowsers } from './proxy-browser.ts'
import type { Batch } from './proxy-worker.ts'
import { say } from './run-campaign.ts'

/** Then a process ends and another one begins: what accounts leave behind stays in memory. */
const BATCH_SEEDS = 50
const PLANTED_SEEDS = 30

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '12' },
    state: { type: 'string' },
  },
})
const first = Number(values.seed)
const end = first + Number(values.seeds)
const beganMs = performance.now()

let missed = 0
for (const mutant of PROXY_BUGS) {
  const [failed] = (await runProxySeeds({ first, count: PLANTED_SEEDS, mutant })).failed
  say(`planted "${mutant}": ${failed ? `seed ${failed.seed}: ${failed.faults[0]}` : 'NOT FOUND'}`)
  if (!failed) missed += 1
}

let progress = readProgress() ?? { next: first, figures: {}, failed: [] }
while (progress.next < end) {
  const count = Math.min(BATCH_SEEDS, end - progress.next)
  const { figures, failed } = await runProxySeeds({ first: progress.next, count })
  for (const { seed, faults } of failed) say(`seed ${seed}: ${faults.join('; ')}`)
  progress = {
    next: progress.next + count,
    figures: sum(progress.figures, figures),
    failed: [...progress.failed, ...failed],
  }
  if (values.state !== undefined) writeFileSync(values.state, JSON.stringify(progress))
  say(JSON.stringify(progress.figures))
}

const inBrowsers = await interfereWithBrowsers({ seed: first, rounds: Number(values.rounds) })
for (const fault of inBrowsers.faults) say(`browsers, seed ${first}: ${fault}`)
const faults = progress.failed.length + inBrowsers.faults.length
const seconds = Math.round((performance.now() - beganMs) / 1000)
say(JSON.stringify({ ...progress.figures, inBrowsers: inBrowsers.figures, faults, missed, seconds }))
process.exitCode = faults + missed === 0 ? 0 : 1

function readProgress(): (Batch & { readonly next: number }) | null {
  const { state } = values
  if (state === undefined || !existsSync(state)) return null
  return JSON.parse(readFileSync(state, 'utf8')) as Batch & { next: number } // written above
}
