/** Values that tell their listeners when they change. */
import { liveQuery } from 'dexie'
import type { Live } from './contract/live.ts'

export interface Cell<T> extends Live<T> {
  readonly value: T
  set(value: T): void
}

/** A value held in memory. Listeners hear the present value at once, then each one that differs from the last. */
export function createCell<T>(initial: T): Cell<T> {
  const listeners = new Set<(value: T) => void>()
  let current = initial
  return {
    get value() {
      return current
    },
    set(value) {
      if (Object.is(value, current)) return
      current = value
      for (const listener of listeners) listener(value)
    },
    subscribe(listener) {
      listeners.add(listener)
      listener(current)
      return () => listeners.delete(listener)
    },
  }
}

export interface QueryParts {
  readonly wakes: Live<unknown>
  /** Hears why a query failed, unless the database was closed under it: that is left to whoever watches the database. */
  readonly noteFailure: (error: unknown) => void
}

/**
 * The result of a query on the database, told again whenever a row it read has changed, in whatever tab or worker, and
 * whenever `wakes` changes: a tab that was frozen has not heard of the changes.
 */
export function liveFromQuery<T>(query: () => Promise<T>, { wakes, noteFailure }: QueryParts): Live<T> {
  return switchLive(wakes, () => ({
    subscribe(listener) {
      const subscription = liveQuery(query).subscribe({ next: listener, error: noteFailure })
      return () => subscription.unsubscribe()
    },
  }))
}

/** Follows the live value that `choose` picks for the present value of `source`. */
export function switchLive<S, T>(source: Live<S>, choose: (value: S) => Live<T>): Live<T> {
  return {
    subscribe(listener) {
      let stopInner = (): void => undefined
      const stopOuter = source.subscribe((value) => {
        stopInner()
        stopInner = choose(value).subscribe(listener)
      })
      return () => {
        stopOuter()
        stopInner()
      }
    },
  }
}

/** Each value of `source` as `work` makes it, later. What a newer value has overtaken is not told. `work` does not fail. */
export function mapLive<S, T>(source: Live<S>, work: (value: S) => Promise<T>): Live<T> {
  return {
    subscribe(listener) {
      let turn = 0
      async function take(value: S): Promise<void> {
        turn += 1
        const ownTurn = turn
        const made = await work(value)
        if (turn === ownTurn) listener(made)
      }
      const stop = source.subscribe((value) => void take(value))
      return () => {
        turn += 1
        stop()
      }
    },
  }
}
