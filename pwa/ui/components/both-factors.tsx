import { useState } from 'preact/hooks'
import type { ChosenFactor } from '../../client/contract/account-security.ts'
import { FACTOR_CHOICES, FACTOR_FAULTS, type FactorType, readSecondFactor } from '../account/second-factor.ts'
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
  readonly read: () => { password: string; second: ChosenFactor } | null
  /** Empties the code, which works once. */
  readonly forgetCode: () => void
}

/** Password and second factor as they are being typed; faults go to `command`. */
export function useBothFactors(command: Command): BothFactors {
  const [state, setState] = useState({ password: '', code: '', way: 'totp' as FactorType, isShown: false })
  const set: BothFactors['set'] = (change) => setState((before) => ({ ...before, ...change }))

  function read(): { password: string; second: ChosenFactor } | null {
    set({ isShown: false })
    const { password, code, way } = state
    if (password === '') return refuseWith('Type your password.')
    if (way === 'webauthn') return { password, second: { type: way } }
    const second = readSecondFactor(way, code)
    return second === null ? refuseWith(FACTOR_FAULTS[way]) : { password, second }
  }

  function refuseWith(fault: string): null {
    command.setFault(fault)
    return null
  }

  return { ...state, set, read, forgetCode: () => set({ code: '' }) }
}

/** The fields of both factors. */
export function BothFactorFields({ factors, takesFocus }: { factors: BothFactors; takesFocus: boolean }) {
  const { password, code, way, isShown, set } = factors
  const setCode = (value: string): void => set({ code: value })
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
      {way === 'totp' && <OneTimeCodeField value={code} onValue={setCode} />}
      {way === 'recovery' && <RecoveryCodeField value={code} onValue={setCode} />}
      {way === 'webauthn' && (
        <p class="field-hint">
          Your browser asks for the passkey or security key next. Have it at hand: you have to touch or
          confirm it.
        </p>
      )}
    </>
  )
}

const WAYS: readonly FactorType[] = ['totp', 'webauthn', 'recovery']

/** Changes to one of the other second factors. */
export function OtherFactorButtons({ factors, command }: { factors: BothFactors; command: Command }) {
  return (
    <div class="other-factors">
      {WAYS.filter((way) => way !== factors.way).map((way, place) => (
        <Button
          // The pressed button stays, with other words: the focus would be lost with it.
          key={place}
          kind="link"
          onPress={() => {
            factors.set({ way, code: '' })
            command.setFault(null)
          }}
        >
          {FACTOR_CHOICES[way]}
        </Button>
      ))}
    </div>
  )
}
