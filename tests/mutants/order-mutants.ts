/** Bugs in what the log decides: exchanges, positions, gaps, reports. */
import { edit, type Mutant } from './mutant.ts'

const ORDER = 'pwa/protocol/order.ts'
const POSITIONS = 'pwa/protocol/positions.ts'
const LOG_STATE = 'pwa/protocol/log-state.ts'

const by = (file: string, title: string) => ({ file: `tests/protocol/${file}`, title })

export const orderMutants: readonly Mutant[] = [
  {
    name: 'offer of 61 s answered',
    edits: [edit(ORDER, 'const OFFER_OPEN_MS = 60_000', 'const OFFER_OPEN_MS = 61_001')],
    killedBy: by('order', 'applyAnswer after'),
  },
  {
    name: 'second answer adopted',
    edits: [edit(ORDER, "if (offer.state === 'established') return { state, outcome: 'not_first' }\n", '')],
    killedBy: by('order', 'applyAnswer to'),
  },
  {
    name: 'answer of the offering side adopted',
    edits: [
      edit(ORDER, "if (offer.initiator === entry.sender) return { state, outcome: 'own_offer' }\n", ''),
    ],
    killedBy: by('order', 'applyAnswer to'),
  },
  {
    name: 'glare won by the higher seq',
    edits: [
      edit(
        ORDER,
        "const outcome = earlier !== null && earlier.initiator !== entry.sender ? 'void' : 'open'",
        "const outcome: 'void' | 'open' = 'open'",
      ),
    ],
    killedBy: by('order', 'currentExchange is the one that survives crossing offers'),
  },
  {
    name: 'exchange id taken twice',
    edits: [
      edit(
        ORDER,
        "if (findExchange(state, offer.exchange)) return { state, outcome: 'repeated', voided: [] }\n",
        '',
      ),
    ],
    killedBy: by('order', 'refuses an exchange id seen before, of either side, and changes nothing'),
  },
  {
    name: 'sealing under a one-way exchange by the owner of its prekey',
    edits: [
      edit(
        ORDER,
        "one.state === 'one-way' && one.initiator === self)",
        "one.state === 'one-way' && self > 0)",
      ),
    ],
    killedBy: by('order', 'is each side’s own when both began one'),
  },
  {
    name: 'old exchange kept when somebody begins anew',
    edits: [
      edit(
        ORDER,
        'if (last !== null && !state.exchanges.some(({ offerSeq }) => offerSeq > since)) return last',
        'if (last !== null) return last',
      ),
    ],
    killedBy: by('order', 'begins anew, answered or not, and then the new one'),
  },
  {
    name: 'one-way exchange kept after it was reported lost',
    edits: [
      edit(
        ORDER,
        'report.by === responder && report.exchange === exchange',
        'report.by === 0 && report.exchange === exchange',
      ),
    ],
    killedBy: by('order', 'is none once the other side reported it lost'),
  },
  {
    name: 'position check with >= instead of >',
    edits: [edit(POSITIONS, 'return a.iv > b.iv', 'return a.iv >= b.iv')],
    killedBy: by(
      'positions',
      'accepts a strictly growing run and nothing else, from any entries in any order',
    ),
  },
  {
    name: 'second key set of one epoch accepted',
    edits: [
      edit(
        POSITIONS,
        'if (isSameEpoch && last.keys !== position.keys)',
        "if (isSameEpoch && last.keys === '')",
      ),
    ],
    killedBy: by('positions', 'refuses another key set of the same epoch'),
  },
  {
    name: 'forked log not noticed',
    edits: [
      edit('pwa/protocol/gaps.ts', "  if (ownHash !== null && ownHash !== log.hash) return 'fork'\n", ''),
    ],
    killedBy: by('gaps', 'checkLogReference'),
  },
  {
    name: 'page with a gap taken into the running hash',
    edits: [edit(LOG_STATE, 'if (seq !== state.seq + 1)', 'if (seq <= state.seq)')],
    killedBy: by('log-state', 'chainEntry refuses entry'),
  },
  {
    name: 'running hash without the envelope',
    edits: [edit(LOG_STATE, 'fromBase64url(entry.id), utf8(entry.envelope))', 'fromBase64url(entry.id))')],
    killedBy: by('log-state', 'gives another hash when anything about the entry is other'),
  },
  {
    name: 'anybody may report any exchange lost',
    edits: [
      edit(
        'pwa/protocol/lost.ts',
        'return first !== undefined && record.offerSeq < first.offerSeq',
        'return first !== undefined',
      ),
    ],
    killedBy: by('lost', 'mayReportLost'),
  },
  {
    name: 'gap in the numbers not noticed',
    edits: [edit('pwa/protocol/gaps.ts', "  if (n > last + 1) return 'gap'\n", '')],
    killedBy: by('gaps', 'checkCount'),
  },
]
