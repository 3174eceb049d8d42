/**
 * Time that passes only when a task says so. Every callback of the simulated browsers is a task with an owner, and the
 * microtasks it leads to run before the next one: whatever they ask for belongs to the same owner. So a tab can be frozen or
 * killed although all tabs share one JavaScript.
 */

/** Who a task belongs to: a tab or a worker. */
export interface Owner {
  readonly isAlive: boolean
  readonly isFrozen: boolean
}

export interface Task {
  atMs: number
  readonly order: number
  readonly owner: Owner | null
  readonly run: () => void
  isCancelled: boolean
}

/** A turn of the platform's loop is dear; between two steps of one turn all microtasks run as well. */
const STEPS_AT_ONCE = 64
/** A story has some thousands; one that goes in circles ends here. */
const TASKS_MOST = 400_000
/** The platform's own, which lets all microtasks run first. */
const afterMicrotasks = globalThis.setImmediate

export class VirtualTime {
  /** Milliseconds since 1970. */
  nowMs: number
  /** Whose callback runs now; null for the simulator itself. */
  owner: Owner | null = null
  /** Counts tasks that were run. */
  taskCount = 0
  readonly #heap: Task[] = []
  #held: Task[] = []
  #order = 0
  /** Of the platform's own, which time waits for. */
  #works = 0

  constructor(startMs: number) {
    this.nowMs = startMs
  }

  after(delayMs: number, run: () => void, owner: Owner | null = this.owner): Task {
    const atMs = this.nowMs + Math.max(0, Number.isFinite(delayMs) ? delayMs : 0)
    const task: Task = { atMs, order: this.#order++, owner, run, isCancelled: false }
    if (owner?.isAlive !== false) this.#push(task)
    return task
  }

  /** No task runs before `work` of the platform has ended. */
  standStillFor(work: Promise<unknown>): void {
    this.#works += 1
    const end = (): void => void (this.#works -= 1)
    work.then(end, end)
  }

  /** Runs `run` as `owner`, soon; gives what it gives. Never settles when the owner is killed before. */
  as<T>(owner: Owner, run: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.after(0, () => void run().then(resolve, reject), owner)
    })
  }

  /** After thawing: what the owner missed. */
  release(owner: Owner): void {
    const [released, kept] = partition(this.#held, (task) => task.owner === owner)
    this.#held = kept
    for (const task of released) this.#push({ ...task, atMs: this.nowMs, order: this.#order++ })
  }

  /** Lets time pass until `isOver`, at most `mostMs`. Returns whether it was. */
  runUntil(isOver: () => boolean, mostMs: number): Promise<boolean> {
    const endMs = this.nowMs + mostMs
    return new Promise((resolve, reject) => {
      let isDone = false
      const end = (wasOver: boolean): void => {
        isDone = true
        resolve(wasOver)
      }
      const fail = (error: Error): void => {
        isDone = true
        reject(error)
      }
      const step = (): void => {
        if (isDone || this.#works > 0) return
        if (this.taskCount > TASKS_MOST) return fail(new Error(`${TASKS_MOST} tasks, and no end`))
        this.owner = null
        if (isOver()) end(true)
        else if (!this.#runNext(endMs)) end(false)
      }
      const goOn = (): void => {
        if (isDone) return
        for (let count = 0; count < STEPS_AT_ONCE; count++) afterMicrotasks(step)
        afterMicrotasks(goOn)
      }
      goOn()
    })
  }

  async runFor(durationMs: number): Promise<void> {
    await this.runUntil(() => false, durationMs)
  }

  /** Lets time pass until `promise` settles. Throws what it throws; null when it did not settle in time. */
  async settle<T>(promise: Promise<T>, mostMs: number): Promise<{ value: T } | null> {
    let settled: { value: T } | { error: unknown } | null = null
    promise.then(
      (value) => (settled = { value }),
      (error: unknown) => (settled = { error }),
    )
    await this.runUntil(() => settled !== null, mostMs)
    const outcome = settled as { value: T } | { error: unknown } | null // set by the callbacks above
    if (outcome && 'error' in outcome) throw outcome.error
    return outcome
  }

  #runNext(endMs: number): boolean {
    for (;;) {
      const task = this.#heap[0]
      if (!task || task.atMs > endMs) {
        this.nowMs = endMs
        return false
      }
      this.#pop()
      if (task.isCancelled || task.owner?.isAlive === false) continue
      if (task.owner?.isFrozen) {
        this.#held.push(task)
        continue
      }
      this.nowMs = Math.max(this.nowMs, task.atMs)
      this.owner = task.owner
      this.taskCount += 1
      task.run()
      return true
    }
  }

  #push(task: Task): void {
    const heap = this.#heap
    let index = heap.length
    heap.push(task)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent]
      if (!above || isBefore(above, task)) break
      heap[index] = above
      index = parent
    }
    heap[index] = task
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (!last || heap.length === 0) return
    let index = 0
    for (;;) {
      const left = heap[2 * index + 1]
      const right = heap[2 * index + 2]
      const isRight = left !== undefined && right !== undefined && isBefore(right, left)
      const least = isRight ? right : left
      if (least === undefined || isBefore(last, least)) break
      heap[index] = least
      index = 2 * index + (isRight ? 2 : 1)
    }
    heap[index] = last
  }
}

const isBefore = (a: Task, b: Task): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))]
}
