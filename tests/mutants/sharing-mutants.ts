/** Bugs in sharing the history again: what leaves without consent, and what is believed. */
import { edit, type Mutant } from './mutant.ts'

const JUDGE = 'pwa/protocol/sharing.ts'
const CONTINUE = 'pwa/client/sharing/continue-share.ts'

const byProtocol = (title: string) => ({ file: 'tests/protocol/sharing', title: `judgePiece of ${title}` })
const byClient = (file: string, title: string) => ({ file: `tests/client/${file}`, title })

export const pieceMutants: readonly Mutant[] = [
  {
    name: 'piece in the name of the other side',
    edits: [edit(JUDGE, "  if (known.sender !== piece.by) return 'wrong_author'\n", '')],
    killedBy: byProtocol('an entry of the other side'),
  },
  {
    name: 'piece for an entry elsewhere in the log',
    edits: [edit(JUDGE, "  if (known.seq !== piece.seq) return 'wrong_seq'\n", '')],
    killedBy: byProtocol('an entry that stands elsewhere'),
  },
  {
    name: 'piece in the place of what was read',
    edits: [
      edit(
        JUDGE,
        "  if (known.text !== null) return piece.body === known.text ? 'known' : 'other_text'\n",
        '',
      ),
    ],
    killedBy: byProtocol('a message that was read otherwise here'),
  },
  {
    name: 'piece in the place of what was refused',
    edits: [edit(JUDGE, "return known.isUnopened ? 'placed' : 'no_message'", "return 'placed'")],
    killedBy: byProtocol('an entry that is no message'),
  },
]

export const sharingMutants: readonly Mutant[] = [
  {
    name: 'history sent before the person agrees',
    edits: [
      edit(CONTINUE, '    if (!isRunning(share)) return\n', ''),
      edit(CONTINUE, "    if (share.state === 'sharing') await makeBatch", '    await makeBatch'),
      edit(CONTINUE, "    if (share?.state !== 'sharing') return\n", '    if (!share) return\n'),
    ],
    killedBy: byClient('shared-history', 'leaves nothing of it before the contact agrees'),
  },
  {
    name: 'history taken that nobody asked for',
    edits: [
      edit(
        'pwa/client/sharing/place-pieces.ts',
        'return isOurQuestion && row.position < seq ? readRange(row.text) : null',
        'return isOurQuestion ? readRange(row.text) : { from: 1, to: seq }',
      ),
    ],
    killedBy: byClient('shared-history-attacks', 'shares nothing that was not asked for'),
  },
  {
    name: 'shared text kept although its keys came back',
    edits: [
      edit('pwa/client/sync/reread.ts', "  if (shown?.isShared) return line.kind !== 'unreadable'\n", ''),
    ],
    killedBy: byClient('shared-history', 'gives way to what this browser can read itself'),
  },
]
