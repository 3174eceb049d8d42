import { useState } from 'preact/hooks'
import type { CryptoLogRow } from '../../client/contract/crypto-log.ts'
import { describeInstant, listDetails, OPERATION_WORDS, shorten } from '../crypto-log/rows.ts'

interface CryptoLogLineProps {
  readonly row: CryptoLogRow
  /** Null for what belongs to no conversation. */
  readonly contactName: string | null
}

/** One operation: what, with whom, under which keys. Opened, it shows everything that is known of it. */
export function CryptoLogLine({ row, contactName }: CryptoLogLineProps) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <li>
      <details onToggle={(event) => setIsOpen(event.currentTarget.open)}>
        <summary class="operation">
          <time dateTime={new Date(row.at).toISOString()}>{describeInstant(row.at)}</time>
          <span class={`operation-name ${row.outcome === 'refused' ? 'operation-refused' : ''}`}>
            {OPERATION_WORDS[row.operation]}
          </span>
          <span class="operation-peer">{contactName ?? row.peer ?? '–'}</span>
          <Part label="epoch" value={row.epoch} />
          <Part label="keys" value={shorten(row.keys)} title={row.keys} />
          <Part label="IV" value={row.iv} />
        </summary>
        {isOpen && (
          <dl class="operation-details">
            {listDetails(row).map(({ name, value }) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        )}
      </details>
    </li>
  )
}

interface PartProps {
  readonly label: string
  readonly value: string | number | undefined
  readonly title?: string | undefined
}

/** A value under its name; its place stays free when there is none. */
function Part({ label, value, title }: PartProps) {
  if (value === undefined || value === '') return <span class="operation-part" />
  return (
    <span class="operation-part" title={title}>
      <small>{label}</small> <span class="operation-value">{value}</span>
    </span>
  )
}
