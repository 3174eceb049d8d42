import { useId, useState } from 'preact/hooks'
import type { Account } from '../../../server/wire/account.ts'
import type { CryptoLogRow } from '../../client/contract/crypto-log.ts'
import { filterRows, OPERATION_WORDS, type LogFilter, type Operation } from '../crypto-log/rows.ts'
import { useClient } from '../hooks/use-client.ts'
import { useCommand } from '../hooks/use-command.ts'
import { useLive } from '../hooks/use-live.ts'
import { Button } from './button.tsx'
import { CryptoLogLine } from './crypto-log-line.tsx'
import { Dialog } from './dialog.tsx'
import { Fault } from './fault.tsx'
import { KeySets } from './key-sets.tsx'

/** So many operations at first, and so many more on demand. */
const STEP_ROWS = 200

/** Every operation with keys that this page did: the same records as in the browser's console. */
export function CryptoLogDialog({ onClose }: { onClose: () => void }) {
  const client = useClient()
  const rows = useLive(client.cryptoLog) ?? []
  const isOn = useLive(client.isCryptoLogOn) ?? true
  const keySets = useLive(client.keySets) ?? []
  const contacts = useLive(client.conversations)?.map(({ contact }) => contact) ?? []
  return (
    <Dialog title="Crypto log" onClose={onClose}>
      <div class="crypto-log">
        <LogSwitch isOn={isOn} />
        <KeySets keySets={keySets} />
        {isOn && <Operations rows={rows} contacts={contacts} />}
      </div>
    </Dialog>
  )
}

function LogSwitch({ isOn }: { isOn: boolean }) {
  const client = useClient()
  const command = useCommand()
  return (
    <div>
      <label class="check">
        <input
          type="checkbox"
          checked={isOn}
          onInput={(event) => {
            const { checked } = event.currentTarget
            command.run(() => client.setCryptoLog(checked))
          }}
        />
        <span>
          Log every operation with keys, here and in the browser’s console
          <small>
            It shows keys and messages in the clear, so that anyone can check that no IV is used twice. It
            never leaves this device, and this list is gone when the page is closed.
          </small>
        </span>
      </label>
      <Fault words={command.fault} />
    </div>
  )
}

function Operations({ rows, contacts }: { rows: readonly CryptoLogRow[]; contacts: readonly Account[] }) {
  const [filter, setFilter] = useState<LogFilter>({ peer: null, operation: null })
  const [limit, setLimit] = useState(STEP_ROWS)
  const id = useId()
  const found = filterRows(rows, filter)
  const names = new Map(contacts.map(({ id, username }) => [id, username]))
  const change = (next: Partial<LogFilter>) => {
    setFilter({ ...filter, ...next })
    setLimit(STEP_ROWS)
  }
  return (
    <section class="operations" aria-labelledby="operations-title">
      <h3 id="operations-title">Operations</h3>
      <div class="operations-filter">
        <div>
          <label for={`${id}-peer`}>Conversation</label>
          <select
            id={`${id}-peer`}
            value={filter.peer ?? ''}
            onInput={(event) => change({ peer: Number(event.currentTarget.value) || null })}
          >
            <option value="">All</option>
            {contacts.map(({ id, username }) => (
              <option key={id} value={id}>
                {username}
              </option>
            ))}
          </select>
        </div>
        <div>
          <label for={`${id}-operation`}>Operation</label>
          <select
            id={`${id}-operation`}
            value={filter.operation ?? ''}
            onInput={(event) => change({ operation: findOperation(event.currentTarget.value) })}
          >
            <option value="">All</option>
            {Object.entries(OPERATION_WORDS).map(([operation, words]) => (
              <option key={operation} value={operation}>
                {words}
              </option>
            ))}
          </select>
        </div>
        <p class="fine" role="status">
          {found.length === 1 ? '1 operation' : `${found.length} operations`}, the newest first
        </p>
      </div>
      <ol class="operations-list">
        {found.slice(0, limit).map((row) => (
          <CryptoLogLine key={row.number} row={row} contactName={names.get(row.peer ?? 0) ?? null} />
        ))}
      </ol>
      {found.length === 0 && (
        <p class="fine">Nothing yet. Send or receive a message, or refresh keys, and it is shown here.</p>
      )}
      {found.length > limit && (
        <Button kind="quiet" onPress={() => setLimit(limit + STEP_ROWS)}>
          Show more
        </Button>
      )}
    </section>
  )
}

function findOperation(value: string): Operation | null {
  const operations = Object.keys(OPERATION_WORDS) as Operation[] // the record has exactly these keys
  return operations.find((operation) => operation === value) ?? null
}
