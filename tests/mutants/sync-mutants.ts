/** Bugs in what a browser sends, reads and trusts. */
import { edit, type Mutant } from './mutant.ts'

const DRAIN = 'pwa/client/sync/drain-outbox.ts'
const MARKS = 'pwa/client/sync/append-marks.ts'
const JUDGE = 'pwa/client/sync/judge-outcome.ts'
const READ = 'pwa/client/sync/read-message.ts'
const RECEIVE = 'pwa/client/sync/receive-page.ts'
const REPEATED = 'pwa/client/history/repeated.ts'
const REREAD = 'pwa/client/sync/reread.ts'
const RUN = 'pwa/client/sync/run.ts'

const by = (file: string, title: string) => ({ file: `tests/client/${file}`, title })

export const syncMutants: readonly Mutant[] = [
  {
    name: 'outbox row deleted before the acknowledgement',
    edits: [
      edit(
        DRAIN,
        '  const answer = await append(parts,',
        '  await parts.database.outbox.bulkDelete(batch.rows.map(({ id }) => id))\n  const answer = await append(parts,',
      ),
    ],
    killedBy: by('drain-outbox', 'keeps all on a reset before the headers'),
  },
  {
    name: '401 treated as done',
    edits: [
      edit(
        DRAIN,
        '.catch(asFailure)',
        [
          '.catch((error: unknown) => {',
          '    if (!(error instanceof Refused) || error.status !== 401) return asFailure(error)',
          '    const stored = batch.rows.map(({ id }) => ({ id, seq: 1, acceptedAt: 1, isSameEnvelope: true }))',
          '    return { stored, refused: null }',
          '  })',
        ].join('\n'),
      ),
    ],
    killedBy: by('drain-outbox', 'keeps all on status 401'),
  },
  {
    name: 'drain under the session of another account',
    edits: [
      edit(DRAIN, 'if (session.account?.id !== parts.account)', 'if (!session.account)'),
      edit(DRAIN, '    as: parts.account,\n', ''),
    ],
    killedBy: by(
      'drain-outbox',
      'sends nothing of one account under the session of another, and all under its own',
    ),
  },
  {
    name: 'stale offer sent',
    edits: [edit(MARKS, '(!mayJudgeStale || nowMs() > row.notAfter)', '!mayJudgeStale')],
    killedBy: by('drain-outbox', 'never sends an offer past its time'),
  },
  {
    name: 'rows behind a refused one sent',
    edits: [edit(MARKS, '(row) => isRefused(row) || (row.notAfter', '(row) => (row.notAfter')],
    killedBy: by('drain-outbox', 'a refused row stops its own conversation and no other'),
  },
  {
    name: 'append in the name of whoever is signed in',
    edits: [
      edit('pwa/client/api/http.ts', 'parts.as !== undefined && parts.as !== account', 'parts.as === null'),
    ],
    killedBy: by('http', 'in the name of one account sends nothing while another is signed in'),
  },
  {
    name: 'message taken back while it is sent',
    edits: [edit(MARKS, "await messages.update(id, { append: 'sending' })", 'await messages.get(id)')],
    killedBy: by('drain-outbox', 'marks it before the first byte leaves'),
  },
  {
    name: 'doubt about a lost answer forgotten',
    edits: [edit(MARKS, '(!mayBeStored && freshIds.includes(id))', '!mayBeStored')],
    killedBy: by('drain-outbox', 'a refusal after a lost answer leaves the doubt'),
  },
  {
    name: 'a refusal of many taken for one of the first',
    edits: [edit(DRAIN, 'const isAlone = batch.rows.length === 1', 'const isAlone = true')],
    killedBy: by('drain-outbox', 'a refusal of many parks none of them before each was refused alone'),
  },
  {
    name: 'a hang counted as a refusal',
    edits: [
      edit(
        JUDGE,
        '!(error instanceof Refused) || error.status >= 500',
        'error instanceof Refused && error.status >= 500',
      ),
    ],
    killedBy: by('judge-outcome', 'no answer'),
  },
  {
    name: 'page not starting at the cursor applied',
    edits: [edit(RECEIVE, 'if (!before || before.state.seq !== page.after) return', 'if (!before) return')],
    killedBy: by('two-accounts', 'receivePage discards a page that does not start at the cursor'),
  },
  {
    name: 'cursor moved outside the write transaction',
    edits: [
      edit(RECEIVE, '      await logs.put(keepNewerSealing(now, read.log, account.id))\n', ''),
      edit(
        RECEIVE,
        "  return database.transaction(\n    'rw',\n",
        "  return logs.put(read.log).then(() => database.transaction(\n    'rw',\n",
      ),
      edit(
        RECEIVE,
        "      if (now?.state.seq !== page.after) return 'discarded'\n",
        "      if (now?.state.seq !== read.log.state.seq) return 'discarded'\n",
      ),
      edit(RECEIVE, "      return 'applied'\n    },\n  )", "      return 'applied'\n    },\n  ))"),
    ],
    killedBy: by('receive-page', 'moves the cursor with the messages of the page or not at all'),
  },
  {
    name: 'cursor not looked at again before the write',
    edits: [edit(RECEIVE, 'if (now?.state.seq !== page.after) return', 'if (!now) return')],
    killedBy: by('receive-page', 'writes nothing of a page that another tab was faster with'),
  },
  {
    name: 'keys shared with another browser used on',
    edits: [edit(RECEIVE, 'if (read.foreignIds.length > 0) await', 'if (read.foreignIds.length < 0) await')],
    killedBy: by(
      'receive-page',
      'seals under keys of its own only, once another browser of the account has written',
    ),
  },
  {
    name: 'message of another conversation overwritten by its entry id',
    edits: [edit(REPEATED, 'held.conversation !== line.conversation || ', '')],
    killedBy: by(
      'receive-page',
      'keeps a message whose entry id stands at the same place of another conversation',
    ),
  },
  {
    name: 'message overwritten by its replay',
    edits: [edit(REPEATED, "(line.kind === 'unreadable' && held.position !== line.position)", 'false')],
    killedBy: by('receive-page', 'shows a replayed message as such, and the message itself as before'),
  },
  {
    name: 'waiting messages sent to a changed security code',
    edits: [
      edit(RECEIVE, 'if (isCodeChanged) await holdPending', 'if (isCodeChanged && !now) await holdPending'),
    ],
    killedBy: by('receive-page', 'holds what waits when the contact shows another identity'),
  },
  {
    name: 'text of a message taken for a notice',
    edits: [edit(RECEIVE, "kind === 'notice' && text === 'security", "text === 'security")],
    killedBy: by('receive-page', 'holds nothing because of what somebody writes'),
  },
  {
    name: 'verdicts made again without the keys of then',
    edits: [
      edit('pwa/client/sync/reading.ts', 'if (isShown) return', 'if (isShown && !message) return'),
      edit(REREAD, ' && !KEYLESS.has(line.text)', ''),
    ],
    killedBy: by('reread', 'changes nothing that is shown already, although older keys are gone'),
  },
  {
    name: 'position taken before the MAC was verified',
    edits: [
      edit(
        READ,
        "  if (!(await verifyMessage(open.tools, message)))\n    return unreadable(context, log, (await isPlayedBack(context, message)) ? 'played_back' : 'mac')\n",
        '',
      ),
      edit(
        READ,
        '  const accepted: LogRow = { ...log, state }\n',
        "  const accepted: LogRow = { ...log, state }\n  if (!(await verifyMessage(open.tools, message))) return unreadable(context, accepted, 'mac')\n",
      ),
    ],
    killedBy: { file: 'tests/protocol/parsers-fuzz', title: 'mutated entries raise only typed errors' },
  },
  {
    name: 'own message played back read as damage',
    edits: [
      edit(
        READ,
        'return verifyMessage(open.tools, { ...message, sender: recipient, recipient: sender })',
        'return verifyMessage(open.tools, { ...message, sender, recipient })',
      ),
    ],
    killedBy: by('two-accounts', 'names an own message that is played back'),
  },
  {
    name: 'offer made beside one that is not read yet',
    edits: [
      edit(
        'pwa/client/sync/engage.ts',
        '  if (!(await isStillAtHead(open, situation))) return LOOK_AGAIN_MS\n  await offerOnce',
        '  await offerOnce',
      ),
    ],
    killedBy: by('engage', 'reads an offer that it does not know before it makes one'),
  },
  {
    name: 'replayed message shown again',
    edits: [
      edit(
        READ,
        "  const state = acceptPosition(log.state, entry.sender, position)\n  if (typeof state === 'string') return unreadable(context, log, state)\n  const accepted",
        "  const placed = acceptPosition(log.state, entry.sender, position)\n  const state = placed === 'replay' || placed === 'key_set_conflict' ? log.state : placed\n  const accepted",
      ),
    ],
    killedBy: by('receive-page', 'shows a replayed message as such, and the message itself as before'),
  },
  {
    name: 'restored key set used for sealing',
    edits: [edit(RUN, "return run.state === 'known' && ", 'return ')],
    killedBy: by(
      'two-accounts',
      'two accounts refresh before the first message that a new run seals offline',
    ),
  },
  {
    name: 'key set begun by a copy used for sealing in a later run',
    edits: [edit(RUN, ' && !counter?.isUsedElsewhere', '')],
    killedBy: by('copied-profile', 'also in a later run'),
  },
  {
    name: 'run token of a copied profile believed',
    edits: [
      edit(RUN, "state: answer.isKnown && run.state !== 'unknown' ? 'known' : 'unknown',", "state: 'known',"),
    ],
    killedBy: by('copied-profile', 'refreshes before it seals'),
  },
  {
    name: 'marks of the server forgotten',
    edits: [
      edit(
        RUN,
        'await raiseCounter(database, mark.contact, mark.keys, { iv: ivNumber(fromBase64url(mark.IV)) })',
        'void mark',
      ),
    ],
    killedBy: by('copied-profile', 'counts on from the marks of the server'),
  },
  {
    name: 'pull given up while the server is unwell',
    edits: [
      edit(
        'pwa/client/sync/tend.ts',
        '  if (!(error instanceof Refused)) return null\n',
        '  if (error) return null\n',
      ),
    ],
    killedBy: by('pull-again', 'pulls again after a 503'),
  },
]
