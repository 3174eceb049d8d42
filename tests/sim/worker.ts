/** Runs the seeds that `main.ts` sends, one after the other, in a process whose clocks are replaced. */
import './virtual-globals.ts'
import { plantByName } from './mutants.ts'
import type { Options } from './options.ts'
import type { Outcome } from './run-seed.ts'

/** What a worker is told first, and then for every seed. */
export type Order = { readonly begin: Options; readonly mutant: string | null } | { readonly seed: number }
/** What it answers: that it is ready, and then an outcome for every seed. */
export type Answer = { readonly isReady: true } | { readonly outcome: Outcome }

let run: ((seed: number) => Promise<Outcome>) | null = null

async function begin(options: Options, name: string | null): Promise<void> {
  if (name !== null) plantByName(name)
  // After the bug is planted.
  const { runSeed } = await import('./run-seed.ts')
  run = (seed) => runSeed(seed, options)
  answer({ isReady: true })
}

function answer(message: Answer): void {
  process.send?.(message)
}

process.on('message', (order: Order) => {
  if ('begin' in order) void begin(order.begin, order.mutant)
  else void run?.(order.seed).then((outcome) => answer({ outcome }))
})
