/**
 * `npm run sim -- --seeds 100 --seed 1`: runs that many seeds from that one on, and ends with a line of figures in JSON.
 *
 * `--seconds 45` begins no further seed after that time; `--workers 1` leaves the other core alone; `--primitives webcrypto` seals
 * for real; `--server hostile` and `--server honest` choose, otherwise both come up; `--trace` shows what happened; `--mutant NAME`
 * plants a bug and stops at the first seed that shows it; `--state FILE` goes on where the last run with that file stopped.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { sum, type Figures } from './figures.ts'
import type { Options } from './options.ts'
import type { Outcome } from './run-seed.ts'
import type { Answer, Order } from './worker.ts'

const TRACE_TAIL = 30
/** By the real clock. A seed takes a tenth of a second, ten times that under load. */
const SEED_MOST_MS = 120_000
const SAVE_EVERY_SEEDS = 200
/** Then its process ends and another one begins: a little of each story stays in memory. */
const WORKER_MOST_SEEDS = 250
const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url))

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string', default: 'Infinity' },
    workers: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    primitives: { type: 'string', default: 'transparent' },
    server: { type: 'string', default: 'any' },
    state: { type: 'string' },
    trace: { type: 'boolean', default: false },
    mutant: { type: 'string' },
  },
})

interface Progress {
  readonly figures: Figures
  readonly failedSeeds: readonly number[]
  /** All below it have run; one above it may have run as well and will again. */
  readonly nextSeed: number
}

const first = Number(values.seed)
const end = first + Number(values.seeds)
const options: Options = {
  primitives: values.primitives === 'webcrypto' ? 'webcrypto' : 'transparent',
  server: values.server === 'hostile' || values.server === 'honest' ? values.server : 'any',
}
let progress: Progress = readProgress() ?? { figures: {}, failedSeeds: [], nextSeed: first }
let next = progress.nextSeed
const running = new Set<number>()
const beganMs = performance.now()
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const workers = Array.from({ length: Number(values.workers) }, startWorker)
await Promise.all(workers)
saveProgress()
const { figures, failedSeeds } = progress
say(JSON.stringify({ ...figures, failed: failedSeeds.length, failedSeeds, elapsedMs: elapsedMs() }))
process.exitCode = failedSeeds.length === 0 ? 0 : 1

function elapsedMs(): number {
  return Math.round(performance.now() - beganMs)
}

/** Null when no further seed is to be begun. */
function takeSeed(): number | null {
  const isOver = next >= end || elapsedMs() > Number(values.seconds) * 1000
  const hasFound = values.mutant !== undefined && progress.failedSeeds.length > 0
  if (isOver || hasFound) return null
  running.add(next)
  return next++
}

/** Resolves when the worker has no seed left. A seed that never ends is told, and its worker replaced. */
function startWorker(): Promise<void> {
  return new Promise((resolve) => {
    const child = fork(WORKER)
    let seed: number | null = null
    let seedsLeft = WORKER_MOST_SEEDS
    let isReplaced = false
    let watch: NodeJS.Timeout | undefined
    const giveSeed = (): void => {
      clearTimeout(watch)
      isReplaced = seedsLeft-- === 0
      seed = isReplaced ? null : takeSeed()
      if (seed === null) return child.disconnect()
      watch = setTimeout(() => child.kill('SIGKILL'), SEED_MOST_MS)
      tell(child, { seed })
    }
    child.on('message', (answer: Answer) => {
      if ('outcome' in answer) take(answer.outcome)
      giveSeed()
    })
    child.once('exit', () => {
      clearTimeout(watch)
      if (seed === null && !isReplaced) return resolve()
      if (seed !== null) take(endless(seed))
      void startWorker().then(resolve)
    })
    tell(child, { begin: options, mutant: values.mutant ?? null })
  })
}

function tell(child: ChildProcess, order: Order): void {
  child.send(order)
}

function take(outcome: Outcome): void {
  const { seed, fault, fingerprint, trace } = outcome
  running.delete(seed)
  progress = {
    figures: sum(progress.figures, { ...outcome.figures, seeds: 1 }),
    failedSeeds: fault === null ? progress.failedSeeds : [...progress.failedSeeds, seed],
    nextSeed: Math.min(next, ...running),
  }
  if (values.trace) say(trace.join('\n'))
  if (fault !== null) report(outcome)
  if (values.trace || fault !== null) say(`seed ${seed}: fingerprint ${fingerprint}`)
  if (progress.figures['seeds'] && progress.figures['seeds'] % SAVE_EVERY_SEEDS === 0) saveProgress()
}

function report({ seed, story, fault, trace }: Outcome): void {
  say(`seed ${seed} (${story}) breaks a promise:\n  ${fault}\nthe last steps:`)
  say(trace.slice(-TRACE_TAIL).join('\n'))
}

function endless(seed: number): Outcome {
  return {
    seed,
    story: 'unknown',
    figures: {},
    fingerprint: 'none',
    fault: `it did not end within ${SEED_MOST_MS / 1000} s, or its process died`,
    trace: [],
  }
}

function readProgress(): Progress | null {
  const { state } = values
  if (state === undefined || !existsSync(state)) return null
  return JSON.parse(readFileSync(state, 'utf8')) as Progress // written below
}

/** Seeds that are still running are run again. */
function saveProgress(): void {
  if (values.state === undefined) return
  mkdirSync(path.dirname(values.state), { recursive: true })
  writeFileSync(values.state, JSON.stringify(progress))
}
