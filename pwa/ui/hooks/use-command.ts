import { useRef, useState } from 'preact/hooks'
import { ClientError } from '../../client/contract/client-error.ts'
import { describeError } from '../words.ts'

export interface Command {
  readonly isBusy: boolean
  /** What went wrong, as a sentence; null if nothing did. */
  readonly fault: string | null
  /** Runs a task unless one is running; ends in `fault` when it throws. `onFault` sees the error itself. */
  run(task: () => Promise<void>, onFault?: (error: unknown) => void): void
  /** Says something went wrong without running anything, or takes it back with null. */
  setFault(fault: string | null): void
}

/** A command of the client as a button sees it: busy, done, or failed with a sentence. */
export function useCommand(): Command {
  const [isBusy, setIsBusy] = useState(false)
  const [fault, setFault] = useState<string | null>(null)
  const isRunning = useRef(false)

  async function runOnce(task: () => Promise<void>, onFault?: (error: unknown) => void): Promise<void> {
    isRunning.current = true
    setIsBusy(true)
    setFault(null)
    try {
      await task()
    } catch (error) {
      setFault(describeError(error))
      onFault?.(error)
      if (!(error instanceof ClientError)) reportError(error)
    } finally {
      isRunning.current = false
      setIsBusy(false)
    }
  }

  return {
    isBusy,
    fault,
    setFault,
    run(task, onFault) {
      if (!isRunning.current) void runOnce(task, onFault)
    },
  }
}
