import type { ComponentChildren } from 'preact'
import { useCallback, useState } from 'preact/hooks'
import type { Authenticator } from '../../../server/wire/security.ts'
import { AUTHENTICATOR_WORDS, describeFactor } from '../account/security-words.ts'
import { useClient } from '../hooks/use-client.ts'
import { useLoaded } from '../hooks/use-loaded.ts'
import { AddKeyDialog } from './add-key-dialog.tsx'
import { Button } from './button.tsx'
import { Card, Setting } from './card.tsx'
import { ChangePasswordDialog } from './change-password-dialog.tsx'
import { Fault } from './fault.tsx'
import { NewCodesDialog } from './new-codes-dialog.tsx'
import { RemoveKeyDialog } from './remove-key-dialog.tsx'
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
  webauthn: ['Remove', ''],
  'recovery-codes': ['Make new', ' codes'],
}
const ORDER = Object.keys(ACTIONS)

const ENCOURAGEMENT = 'A passkey or security key beside your app lets you in when the phone is lost.'

/** What the account is signed in to with, and what it was. */
export function AccountFactors({ username, occasion }: AccountFactorsProps) {
  const client = useClient()
  const { value, fault, reload } = useLoaded(() => client.security.authenticators(), occasion)
  const [changing, setChanging] = useState<Authenticator | 'new key' | null>(null)
  const close = useCallback(() => {
    setChanging(null)
    reload()
  }, [reload])
  const present = inOrder(value?.filter(({ revokedAt }) => revokedAt === null) ?? [])
  const earlier = value?.filter(({ revokedAt }) => revokedAt !== null) ?? []

  return (
    <Card title="How you sign in" note="Every change here ends your other sessions.">
      <Fault words={fault} />
      <ul class="settings">
        {present.map((one) => (
          <Setting
            key={keyOf(one)}
            title={titleOf(one)}
            note={describeFactor(one)}
            action={
              <Button kind="quiet" onPress={() => setChanging(one)}>
                {ACTIONS[one.type][0]}
                <span class="hidden-words">{one.key ? ` ${one.key.name}` : ACTIONS[one.type][1]}</span>
              </Button>
            }
          />
        ))}
      </ul>
      <div class="card-foot">
        {!present.some(({ key }) => key !== null) && <p class="card-foot-note">{ENCOURAGEMENT}</p>}
        <Button kind="quiet" onPress={() => setChanging('new key')}>
          Add a passkey or security key
        </Button>
      </div>
      {earlier.length > 0 && (
        <details class="earlier">
          <summary>No longer valid ({earlier.length})</summary>
          <ul class="settings">
            {earlier.map((one) => (
              <Setting key={keyOf(one)} title={titleOf(one)} note={describeFactor(one)} />
            ))}
          </ul>
        </details>
      )}
      {changing !== null && showDialog(changing, username, close)}
    </Card>
  )
}

function showDialog(
  changing: Authenticator | 'new key',
  username: string,
  onClose: () => void,
): ComponentChildren {
  if (changing === 'new key') return <AddKeyDialog onClose={onClose} />
  if (changing.key !== null) return <RemoveKeyDialog boundKey={changing.key} onClose={onClose} />
  if (changing.type === 'password') return <ChangePasswordDialog username={username} onClose={onClose} />
  if (changing.type === 'totp') return <ReplaceAppDialog onClose={onClose} />
  return <NewCodesDialog username={username} onClose={onClose} />
}

const keyOf = ({ type, boundAt, key }: Authenticator): string => `${type} ${key?.id ?? boundAt}`

const inOrder = (factors: readonly Authenticator[]): readonly Authenticator[] =>
  factors.toSorted((one, other) => ORDER.indexOf(one.type) - ORDER.indexOf(other.type))

/** Passkeys and security keys go by the name that the person gave them. */
const titleOf = ({ type, key }: Authenticator): ComponentChildren => (
  <>
    {key?.name ?? AUTHENTICATOR_WORDS[type]}
    {key?.isSynced === true && <span class="chip">Synced</span>}
  </>
)
