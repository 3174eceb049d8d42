import { describeEvent, describePlace, describeWhen } from '../account/security-words.ts'
import { useClient } from '../hooks/use-client.ts'
import { useLoaded } from '../hooks/use-loaded.ts'
import { useNow } from '../hooks/use-now.ts'
import { Card, Setting } from './card.tsx'
import { Fault } from './fault.tsx'

/** What was last done to the account's means of signing in. */
export function AccountEvents({ occasion }: { occasion: string | null }) {
  const { security } = useClient()
  const now = useNow()
  const { value: events, fault } = useLoaded(() => security.events(), occasion)
  return (
    <Card title="Security events" note="The last fifty. If something here was not you, change your password.">
      <Fault words={fault} />
      {events?.length === 0 && <p class="card-note">Nothing has happened yet.</p>}
      <ul class="settings">
        {events?.map((event) => (
          <Setting
            key={event.id}
            title={
              <>
                {describeEvent(event)}
                {event.isThis && <span class="chip">In this session</span>}
              </>
            }
            note={`${describePlace(event)}, ${describeWhen(event.at, now)}`}
          />
        ))}
      </ul>
    </Card>
  )
}
