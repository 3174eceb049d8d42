import type { ComponentChildren } from 'preact'
import { useCallback, useState } from 'preact/hooks'
import type { Authenticator } from '../../../server/wire/security.ts'
import { AUTHENTICATOR_WORDS, describeCodesLeft } from '../account/security-words.ts'
import { useClient } from '../hooks/use-client.ts'
import { useLoaded } from '../hooks/use-loaded.ts'
import { describeDateShortly } from '../timeline/days.ts'
import { Button } from './button.tsx'
import { Card, Setting } from './card.tsx'
import { ChangePasswordDialog } from './change-password-dialog.tsx'
import { Fault } from './fault.tsx'
import { NewCodesDialog } from './new-codes-dialog.tsx'
import { ReplaceAppDialog } from './replace-app-dialog.tsx'

interface AccountFactorsProps {
  readonly username: string
  /** Fetched anew when it changes. */
  readonly occasion: string | null
}

/** What can be done with each, in the order in which they are shown: what the button says, and the rest of its name. */
const ACTIONS: Readonly<Record<Authenticator['type'], readonly [says: string, more: string]>> = {
  password: ['Change', ' password'],
  totp: ['Replace', ' app'],
  'recovery-codes': ['Make new', ' codes'],
}
const ORDER = Object.keys(ACTIONS)

/** What the account is signed in to with, and what it was. */
export function AccountFactors({ username, occasion }: AccountFactorsProps) {
  const client = useClient()
  const { value, fault, reload } = useLoaded(() => client.security.authenticators(), occasion)
  const [changing, setChanging] = useState<Authenticator['type'] | null>(null)
  const close = useCallback(() => {
    setChanging(null)
    reload()
  }, [reload])
  const present = inOrder(value?.filter(({ revokedAt }) => revokedAt === null) ?? [])
  const earlier = value?.filter(({ revokedAt }) => revokedAt !== null) ?? []
  const dialogs: Readonly<Record<Authenticator['type'], ComponentChildren>> = {
    password: <ChangePasswordDialog username={username} onClose={close} />,
    totp: <ReplaceAppDialog onClose={close} />,
    'recovery-codes': <NewCodesDialog username={username} onClose={close} />,
  }

  return (
    <Card title="How you sign in" note="Every change here ends your other sessions.">
      <Fault words={fault} />
      <ul class="settings">
        {present.map((one) => (
          <Setting
            key={one.type}
            title={AUTHENTICATOR_WORDS[one.type]}
            note={describePresent(one)}
            action={
              <Button kind="quiet" onPress={() => setChanging(one.type)}>
                {ACTIONS[one.type][0]}
                <span class="hidden-words">{ACTIONS[one.type][1]}</span>
              </Button>
            }
          />
        ))}
      </ul>
      {earlier.length > 0 && (
        <details class="earlier">
          <summary>No longer valid ({earlier.length})</summary>
          <ul class="settings">
            {earlier.map((one) => (
              <Setting
                key={`${one.type} ${one.boundAt}`}
                title={AUTHENTICATOR_WORDS[one.type]}
                note={`Added ${describeDateShortly(one.boundAt)}, revoked ${describeDateShortly(one.revokedAt ?? one.boundAt)}.`}
              />
            ))}
          </ul>
        </details>
      )}
      {changing !== null && dialogs[changing]}
    </Card>
  )
}

const inOrder = (factors: readonly Authenticator[]): readonly Authenticator[] =>
  factors.toSorted((one, other) => ORDER.indexOf(one.type) - ORDER.indexOf(other.type))

function describePresent({ type, boundAt, codesLeft }: Authenticator): string {
  const since = `${type === 'password' ? 'Set' : 'Added'} ${describeDateShortly(boundAt)}.`
  return codesLeft === null ? since : `${describeCodesLeft(codesLeft)} ${since}`
}
