/**
 * `npm run sim -- --seeds 100 --seed 1`: runs that many seeds from that one on, and ends with a line of figures in JSON.
 * `--seconds 45` begins no further seed after that time. `--trace` shows what happened; `--mutant NAME` plants a bug and stops at the first seed that shows it.
 */
import { parseArgs } from 'node:util'
import './virtual-globals.ts'
import { mutants, plant } from './mutants.ts'
import type { Outcome } from './run-seed.ts'

const TRACE_TAIL = 25
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string', default: 'Infinity' },
    trace: { type: 'boolean', default: false },
    mutant: { type: 'string' },
  },
})
const mutant = mutants.find(({ name }) => name === values.mutant)
if (values.mutant !== undefined && !mutant) throw new Error(`no such mutant: ${values.mutant}`)
if (mutant) plant(mutant)
// After the bug is planted.
const { runSeed } = await import('./run-seed.ts')

const elapsedMs = (): number => Number(process.hrtime.bigint() / 1_000_000n)
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const beganMs = elapsedMs()
const totals = {
  seeds: 0,
  steps: 0,
  tasks: 0,
  messages: 0,
  seals: 0,
  entries: 0,
  virtualMinutes: 0,
  failed: 0,
}
const first = Number(values.seed)
for (let seed = first; seed < first + Number(values.seeds); seed++) {
  if (elapsedMs() - beganMs > Number(values.seconds) * 1000) break
  const outcome = await runSeed(seed)
  count(outcome)
  if (values.trace) say(outcome.trace.join('\n'))
  if (outcome.fault !== null) report(outcome)
  if (values.trace || outcome.fault !== null) say(`seed ${seed}: fingerprint ${outcome.fingerprint}`)
  if (mutant && outcome.fault !== null) break
}
say(JSON.stringify({ ...totals, elapsedMs: elapsedMs() - beganMs }))
process.exitCode = totals.failed === 0 ? 0 : 1

function count({ steps, tasks, messages, seals, entries, virtualMs, fault }: Outcome): void {
  totals.seeds += 1
  totals.steps += steps
  totals.tasks += tasks
  totals.messages += messages
  totals.seals += seals
  totals.entries += entries
  totals.virtualMinutes += Math.round(virtualMs / 60_000)
  totals.failed += fault === null ? 0 : 1
}

function report({ seed, temper, fault, trace }: Outcome): void {
  say(`seed ${seed} (${temper}) breaks a promise:\n  ${fault}\nthe last steps:`)
  say(trace.slice(-TRACE_TAIL).join('\n'))
}
