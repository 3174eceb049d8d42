import type { SessionRecord } from '../../../server/wire/security.ts'
import { describeWhen } from '../account/security-words.ts'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { useLoaded } from '../hooks/use-loaded.ts'
import { useNow } from '../hooks/use-now.ts'
import { useStepUp } from '../hooks/use-step-up.tsx'
import { Button } from './button.tsx'
import { Card, Setting } from './card.tsx'
import { Fault } from './fault.tsx'

/** Where the account is signed in, and the way to end that. */
export function AccountSessions({ occasion }: { occasion: string | null }) {
  const { security } = useClient()
  const guard = useStepUp()
  const command = useCommand()
  const now = useNow()
  const { value: sessions = [], fault, reload } = useLoaded(() => security.sessions(), occasion)

  function end(task: () => Promise<void>): void {
    command.run(async () => {
      await guard(task)
      reload()
    })
  }

  return (
    <Card title="Where you are signed in" note="End whatever you do not know, then change your password.">
      <Fault words={command.fault ?? fault} />
      <ul class="settings">
        {sessions.map((session) => (
          <Setting
            key={session.id}
            title={
              <>
                {session.browser}
                {session.isThis && <span class="chip">This one</span>}
              </>
            }
            note={describeSession(session, now)}
            action={
              !session.isThis && (
                <Button kind="quiet" onPress={() => end(() => security.endOtherSession(session.id))}>
                  End
                  <span class="hidden-words"> the session in {session.browser}</span>
                </Button>
              )
            }
          />
        ))}
      </ul>
      {sessions.length > 1 && (
        <div class="card-foot">
          <Button kind="quiet" isBusy={command.isBusy} onPress={() => end(() => security.endOtherSessions())}>
            End all others
          </Button>
        </div>
      )}
    </Card>
  )
}

function describeSession({ address, begunAt, lastActiveAt }: SessionRecord, now: number): string {
  return `Address ${address}. Signed in ${describeWhen(begunAt, now)}, last active ${describeWhen(lastActiveAt, now)}.`
}
