import { createContext, type ComponentChildren } from 'preact'
import { useCallback, useContext, useState } from 'preact/hooks'
import { ClientError } from '../../client/contract/client-error.ts'
import { StepUpDialog } from '../components/step-up-dialog.tsx'

/** Runs a command; where the server wants both factors once more, asks for them and runs it again. */
export type Guard = <T>(command: () => Promise<T>) => Promise<T>

const GuardContext = createContext<Guard | null>(null)

interface Asking {
  readonly confirm: () => void
  readonly decline: () => void
}

/** Gives what is inside a `Guard`, and shows its dialog. */
export function StepUpProvider({ username, children }: { username: string; children: ComponentChildren }) {
  const [asking, setAsking] = useState<Asking | null>(null)

  const ask = useCallback(
    () =>
      new Promise<void>((resolve, reject) => {
        const settle = (outcome: () => void) => () => {
          setAsking(null)
          outcome()
        }
        const decline = () => reject(new ClientError('step_up_declined'))
        setAsking({ confirm: settle(resolve), decline: settle(decline) })
      }),
    [],
  )
  const guard = useCallback<Guard>(
    async (command) => {
      try {
        return await command()
      } catch (error) {
        if (!isStepUpRequired(error)) throw error
      }
      await ask()
      return command()
    },
    [ask],
  )

  return (
    <GuardContext.Provider value={guard}>
      {children}
      {asking && <StepUpDialog username={username} onDone={asking.confirm} onClose={asking.decline} />}
    </GuardContext.Provider>
  )
}

/** Throws outside a `StepUpProvider`. */
export function useStepUp(): Guard {
  const guard = useContext(GuardContext)
  if (guard === null) throw new Error('useStepUp is for components inside StepUpProvider')
  return guard
}

const isStepUpRequired = (error: unknown): boolean =>
  error instanceof ClientError && error.serverCode === 'step_up_required'
