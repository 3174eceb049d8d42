import { useState } from 'preact/hooks'
import type { SecondFactor } from '../../../server/wire/account.ts'
import { FACTOR_FAULTS, type FactorType, readSecondFactor } from '../account/second-factor.ts'
import type { Command } from '../hooks/use-command.ts'
import { Button } from './button.tsx'
import { OneTimeCodeField } from './one-time-code-field.tsx'
import { PasswordField } from './password-field.tsx'
import { RecoveryCodeField } from './recovery-code-field.tsx'

export interface BothFactors {
  readonly password: string
  readonly code: string
  readonly way: FactorType
  readonly isShown: boolean
  readonly set: (change: Partial<Pick<BothFactors, 'password' | 'code' | 'way' | 'isShown'>>) => void
  /** What was typed, or null after saying what is wrong with it. */
  readonly read: () => { password: string; second: SecondFactor } | null
  /** Empties the code, which works once. */
  readonly forgetCode: () => void
}

/** Password and second factor as they are being typed; faults go to `command`. */
export function useBothFactors(command: Command): BothFactors {
  const [state, setState] = useState({ password: '', code: '', way: 'totp' as FactorType, isShown: false })
  const set: BothFactors['set'] = (change) => setState((before) => ({ ...before, ...change }))

  function read(): { password: string; second: SecondFactor } | null {
    set({ isShown: false })
    const second = readSecondFactor(state.way, state.code)
    if (state.password === '') command.setFault('Type your password.')
    else if (second === null) command.setFault(FACTOR_FAULTS[state.way])
    else return { password: state.password, second }
    return null
  }

  return { ...state, set, read, forgetCode: () => set({ code: '' }) }
}

/** The fields of both factors. */
export function BothFactorFields({ factors, takesFocus }: { factors: BothFactors; takesFocus: boolean }) {
  const { password, code, way, isShown, set } = factors
  return (
    <>
      <PasswordField
        value={password}
        onValue={(value) => set({ password: value })}
        isShown={isShown}
        onShown={(next) => set({ isShown: next })}
        purpose="current-password"
        takesFocus={takesFocus}
      />
      {way === 'totp' ? (
        <OneTimeCodeField value={code} onValue={(value) => set({ code: value })} />
      ) : (
        <RecoveryCodeField value={code} onValue={(value) => set({ code: value })} />
      )}
    </>
  )
}

/** Changes between one-time code and recovery code. */
export function OtherFactorButton({ factors, command }: { factors: BothFactors; command: Command }) {
  const isTotp = factors.way === 'totp'
  return (
    <Button
      kind="link"
      onPress={() => {
        factors.set({ way: isTotp ? 'recovery' : 'totp', code: '' })
        command.setFault(null)
      }}
    >
      {isTotp ? 'Use a recovery code instead' : 'Use a one-time code instead'}
    </Button>
  )
}
