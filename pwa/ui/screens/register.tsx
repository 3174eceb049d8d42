import { useEffect, useRef, useState } from 'preact/hooks'
import type { EnrolmentSecret } from '../../../server/wire/account.ts'
import { AccountFrame } from '../components/account-frame.tsx'
import { Fault } from '../components/fault.tsx'
import { Link } from '../components/link.tsx'
import { useTitle } from '../hooks/use-title.ts'
import { describeError, endsEnrolment } from '../words.ts'
import { RegisterCodes } from './register-codes.tsx'
import { RegisterPassword } from './register-password.tsx'
import { RegisterSecret } from './register-secret.tsx'

type Step =
  | { readonly name: 'password' }
  | { readonly name: 'secret'; readonly secret: EnrolmentSecret }
  | { readonly name: 'codes'; readonly codes: readonly string[] }

const STEPS = [
  { name: 'password', title: 'Choose a name and a password' },
  { name: 'secret', title: 'Add your authenticator app' },
  { name: 'codes', title: 'Save your recovery codes' },
] as const satisfies readonly { name: Step['name']; title: string }[]

/** A new account in three steps; nothing is signed in before the last one is done. */
export function Register() {
  useTitle('Create an account · Letterlock')
  const [step, setStep] = useState<Step>({ name: 'password' })
  const [username, setUsername] = useState('')
  const [fault, setFault] = useState<string | null>(null)
  const heading = useRef<HTMLHeadingElement>(null)
  const index = STEPS.findIndex(({ name }) => name === step.name)

  useEffect(() => {
    if (step.name !== 'password') heading.current?.focus()
  }, [step.name])

  /** A registration that expired begins again; other faults stay with the step that had them. */
  function beginAgainIfOver(error: unknown): void {
    if (!endsEnrolment(error)) return
    setFault(describeError(error))
    setStep({ name: 'password' })
  }

  return (
    <AccountFrame>
      <p class="steps-words">Step {index + 1} of 3</p>
      <div class="steps" aria-hidden="true">
        {STEPS.map(({ name }, at) => (
          <span key={name} class={at <= index ? 'step-done' : 'step-open'} />
        ))}
      </div>
      <h1 ref={heading} tabIndex={-1}>
        {STEPS[index]?.title}
      </h1>
      <Fault words={fault} />
      {step.name === 'password' && (
        <RegisterPassword
          username={username}
          onDone={(name, secret) => {
            setUsername(name)
            setFault(null)
            setStep({ name: 'secret', secret })
          }}
        />
      )}
      {step.name === 'secret' && (
        <RegisterSecret
          secret={step.secret}
          onDone={(codes) => setStep({ name: 'codes', codes })}
          onFault={beginAgainIfOver}
        />
      )}
      {step.name === 'codes' && (
        <RegisterCodes username={username} codes={step.codes} onFault={beginAgainIfOver} />
      )}
      {step.name === 'password' && (
        <p class="account-other">
          Already have an account? <Link to={{ name: 'sign-in' }}>Sign in</Link>
        </p>
      )}
    </AccountFrame>
  )
}
