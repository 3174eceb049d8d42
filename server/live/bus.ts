/** Carries live events from the command that caused them to the hubs. Every event is a hint: losing one costs time only. */
import type { StreamEvent } from '../wire/stream.ts'

export interface LiveEvent {
  /** The account whose streams are to show the event. */
  readonly to: number
  readonly event: StreamEvent
}
export type LiveListener = (event: LiveEvent) => void

/** What comes out may be lost, doubled, late or in another order than it went in. */
export interface Bus {
  /** Returns at once and never throws. */
  publish(event: LiveEvent): void
  /** Returns what ends the subscription. */
  subscribe(listener: LiveListener): () => void
  /** Whether events reach every server now. */
  isWhole(): boolean
  readonly close: () => void
}

/** The bus of a single server process. */
export function createLocalBus(): Bus {
  const listeners = new Set<LiveListener>()
  return {
    publish(event) {
      for (const listener of listeners) listener(event)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    isWhole: () => true,
    close: () => listeners.clear(),
  }
}
