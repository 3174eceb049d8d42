import type { ComponentChildren } from 'preact'
import { useCallback, useState } from 'preact/hooks'
import { type Authenticator, TOTP_MOST } from '../../../server/wire/security.ts'
import { type FactorChange, listChanges, sayChange } from '../account/factor-changes.ts'
import { describeFactor, nameFactor } from '../account/security-words.ts'
import { useClient } from '../hooks/use-client.ts'
import { useLoaded } from '../hooks/use-loaded.ts'
import { Button } from './button.tsx'
import { Card, Setting } from './card.tsx'
import { FactorDialog, type FactorTask } from './factor-dialog.tsx'
import { Fault } from './fault.tsx'

interface AccountFactorsProps {
  readonly username: string
  /** Fetched anew when it changes. */
  readonly occasion: string | null
}

/** The order in which they are shown. */
const ORDER: readonly Authenticator['type'][] = ['password', 'totp', 'webauthn', 'recovery-codes']

const ENCOURAGEMENT = 'A second app, a passkey or a security key lets you in when the phone is lost.'

/** What the account is signed in to with, and what it was. */
export function AccountFactors({ username, occasion }: AccountFactorsProps) {
  const client = useClient()
  const { value, fault, reload } = useLoaded(() => client.security.authenticators(), occasion)
  const [task, setTask] = useState<FactorTask | null>(null)
  const close = useCallback(() => {
    setTask(null)
    reload()
  }, [reload])
  const present = inOrder(value?.filter(({ revokedAt }) => revokedAt === null) ?? [])
  const earlier = value?.filter(({ revokedAt }) => revokedAt !== null) ?? []
  const apps = present.filter(({ app }) => app !== null)
  const hasOneDevice = present.filter(({ app, key }) => app !== null || key !== null).length <= 1

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
              <span class="setting-actions">
                {listChanges(one, present).map((change) => (
                  <ChangeButton
                    key={change}
                    change={change}
                    one={one}
                    onPress={() => setTask({ change, one })}
                  />
                ))}
              </span>
            }
          />
        ))}
      </ul>
      <div class="card-foot">
        {hasOneDevice && <p class="card-foot-note">{ENCOURAGEMENT}</p>}
        {apps.length < TOTP_MOST && (
          <Button kind="quiet" onPress={() => setTask({ change: 'add-app' })}>
            Add an authenticator app
          </Button>
        )}
        <Button kind="quiet" onPress={() => setTask({ change: 'add-key' })}>
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
      {task !== null && <FactorDialog task={task} username={username} onClose={close} />}
    </Card>
  )
}

interface ChangeButtonProps {
  readonly change: FactorChange
  readonly one: Authenticator
  readonly onPress: () => void
}

/** Says in full, to those who only hear it, what the words beside it show to others. */
function ChangeButton({ change, one, onPress }: ChangeButtonProps) {
  const [says, more] = sayChange(change, one)
  return (
    <Button kind="quiet" onPress={onPress}>
      {says}
      <span class="hidden-words"> {more}</span>
    </Button>
  )
}

const keyOf = ({ type, boundAt, app, key }: Authenticator): string =>
  `${type} ${app?.id ?? key?.id ?? boundAt}`

const inOrder = (factors: readonly Authenticator[]): readonly Authenticator[] =>
  factors.toSorted((one, other) => ORDER.indexOf(one.type) - ORDER.indexOf(other.type))

const titleOf = (one: Authenticator): ComponentChildren => (
  <>
    {nameFactor(one)}
    {one.key?.isSynced === true && <span class="chip">Synced</span>}
    {one.suspendedAt !== null && one.revokedAt === null && <span class="chip">Suspended</span>}
  </>
)
