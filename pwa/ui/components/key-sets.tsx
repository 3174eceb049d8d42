import type { KeySetSummary } from '../../client/contract/crypto-log.ts'
import { shorten } from '../crypto-log/rows.ts'

/** The key sets of this browser and how far their counters have come, those in use first. */
export function KeySets({ keySets }: { keySets: readonly KeySetSummary[] }) {
  const current = keySets.filter((one) => one.isCurrent)
  const earlier = keySets.filter((one) => !one.isCurrent)
  return (
    <section class="key-sets" aria-labelledby="key-sets-title">
      <h3 id="key-sets-title">Key sets in use</h3>
      {current.length === 0 ? (
        <p class="fine">None: no keys have been exchanged with anybody yet.</p>
      ) : (
        <KeySetTable keySets={current} label="Key sets in use" />
      )}
      {earlier.length > 0 && (
        <details>
          <summary>
            {earlier.length === 1 ? '1 earlier key set' : `${earlier.length} earlier key sets`}
          </summary>
          <KeySetTable keySets={earlier} label="Earlier key sets" />
        </details>
      )}
    </section>
  )
}

function KeySetTable({ keySets, label }: { keySets: readonly KeySetSummary[]; label: string }) {
  return (
    <div class="key-sets-place">
      <table aria-label={label}>
        <thead>
          <tr>
            <th scope="col">With</th>
            <th scope="col">Epoch</th>
            <th scope="col">Key set</th>
            <th scope="col">IV sent</th>
            <th scope="col">IV received</th>
          </tr>
        </thead>
        <tbody>
          {keySets.map(({ contact, keys, epoch, lastIv, lastContactIv }) => (
            <tr key={`${contact.id} ${keys}`}>
              <th scope="row">{contact.username}</th>
              <td>{epoch ?? '–'}</td>
              <td title={keys}>{shorten(keys)}</td>
              <td>{lastIv}</td>
              <td>{lastContactIv ?? '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
