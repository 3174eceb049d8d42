/**
 * Puts virtual time in the place of the platform's. Import it before anything that may take hold of a timer. What the
 * platform does by itself (microtasks, streams, structured clones) stays.
 */
import { createRandomness, type Randomness } from './randomness.ts'
import { VirtualTime, type Owner, type Task } from './virtual-time.ts'
import { VirtualChannel } from './virtual-channel.ts'

const START_MS = Date.UTC(2030, 0, 1)

interface Present {
  time: VirtualTime
  /** For delays inside the platform; actions have their own, so that one more delay does not change the story. */
  chance: Randomness
  /** Hears of everything that outlives a tab, just before it happens; whoever kills the tab now prevents it. */
  onEffect: (owner: Owner, name: string) => void
}

/** The world that runs now; one at a time. */
export const present: Present = {
  time: new VirtualTime(START_MS),
  chance: createRandomness(0),
  onEffect: () => undefined,
}

/** Begins a new world: nothing of the one before reaches it. */
export function beginTime(seed: number): Present {
  present.time = new VirtualTime(START_MS)
  present.chance = createRandomness(seed ^ 0x5bd1e995)
  present.onEffect = () => undefined
  return present
}

/** How long a step of a database takes at the most. */
export const STORAGE_MOST_MS = 1.5

const setTimeout = (run: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]): Task =>
  present.time.after(delayMs, () => run(...args))

function setInterval(run: () => void, everyMs: number): Interval {
  const interval: Interval = { task: null }
  const again = (): void => {
    interval.task = present.time.after(everyMs, () => {
      again()
      run()
    })
  }
  again()
  return interval
}

interface Interval {
  task: Task | null
}

function clear(timer: Task | Interval | undefined): void {
  if (!timer) return
  const task = 'task' in timer ? timer.task : timer
  if (task) task.isCancelled = true
}

/** One for all: to make an exception takes long, and most of them are never looked at. */
const TOO_LATE = new DOMException('too late', 'TimeoutError')
const ABORTED = new DOMException('aborted', 'AbortError')
class CheapAbortController extends AbortController {
  override abort(reason: unknown = ABORTED): void {
    super.abort(reason)
  }
}

function timeoutSignal(delayMs: number): AbortSignal {
  const controller = new AbortController()
  present.time.after(delayMs, () => controller.abort(TOO_LATE))
  return controller.signal
}

/** The platform's own holds its sources weakly, so that the time of a garbage collection could be seen. */
function anySignal(signals: Iterable<AbortSignal>): AbortSignal {
  const controller = new AbortController()
  for (const signal of signals) {
    const abort = (): void => controller.abort(signal.reason)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true, signal: controller.signal })
  }
  return controller.signal
}

Object.assign(globalThis, {
  setTimeout,
  setInterval,
  clearTimeout: clear,
  clearInterval: clear,
  BroadcastChannel: VirtualChannel,
  AbortController: CheapAbortController,
})
Object.assign(AbortSignal, { timeout: timeoutSignal, any: anySignal })
Date.now = () => present.time.nowMs
Math.random = () => present.chance.next()
performance.now = () => present.time.nowMs - START_MS
VirtualChannel.deliver = (owner: Owner | null, run: () => void) =>
  present.time.after(present.chance.next() * 5, run, owner)
VirtualChannel.ownerNow = () => present.time.owner
