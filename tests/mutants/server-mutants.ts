/** Bugs in what the server promises to an honest client. */
import { edit, type Mutant } from './mutant.ts'

const APPEND = 'server/commands/append-entries.ts'
const JUDGE = 'server/commands/judge-entries.ts'
const CAPTCHAS = 'server/stores/captchas.ts'
const DRAW = 'server/commands/draw-prekey.ts'

const onLog = (title: string) => ({ file: 'tests/contracts/log', title: `the log on SQLite ${title}` })

export const serverMutants: readonly Mutant[] = [
  {
    name: 'AUTO_INCREMENT as cursor',
    edits: [
      edit(JUDGE, 'const NO_IV = Buffer.alloc(12)', 'const NO_IV = Buffer.alloc(12)\nlet autoIncrement = 0'),
      edit(JUDGE, 'seq: state.head + rows.length + 1,', 'seq: (autoIncrement += 1),'),
    ],
    killedBy: onLog('appendEntries'),
  },
  {
    name: 'published before commit',
    edits: [
      edit(
        APPEND,
        '    return { judgement, after: state.head, present }\n',
        '    publish(bus, { pair, rows: judgement.rows, after: state.head, present })\n    return { judgement }\n',
      ),
      edit(APPEND, 'const { judgement, after, present } = await', 'const { judgement } = await'),
      edit(APPEND, '  publish(bus, { pair, rows: judgement.rows, after, present })\n  return', '  return'),
    ],
    killedBy: {
      file: 'tests/contracts/publish-after-commit',
      title: 'appendEntries tells of entries that a reader finds',
    },
  },
  {
    name: 'entry id not looked up',
    edits: [edit(JUDGE, 'const earlier = known.get(id)', 'const earlier = known.get(`${id}?`)')],
    killedBy: onLog(
      'appendEntries answers an entry id that stands in the log with where it stands, and adds nothing',
    ),
  },
  {
    name: 'entry id not unique in the table',
    edits: [edit('migrations/0011-entries.ts', "    table.unique(['conversation', 'entry_id'])\n", '')],
    killedBy: onLog('the table of entries refuses a second entry'),
  },
  {
    name: 'IV not unique in the table',
    edits: [
      edit(
        'migrations/0011-entries.ts',
        "    table.unique(['conversation', 'sender', 'key_set', 'iv'])\n",
        '',
      ),
    ],
    killedBy: onLog('the table of entries refuses a second entry'),
  },
  {
    name: 'entries that can be deleted',
    edits: [edit('migrations/0012-append-only.ts', "['update', 'delete']", "['update']")],
    killedBy: onLog('the table of entries refuses the run-time role'),
  },
  {
    name: 'entry id of the other side taken',
    edits: [edit(JUDGE, 'if (earlier && earlier.sender !== sender)', 'if (earlier && earlier.sender === 0)')],
    killedBy: onLog('appendEntries refuses the entry id of the other side'),
  },
  {
    name: 'IV floor of the conversation instead of the key set',
    edits: [
      edit(
        JUDGE,
        '{ number: (newest?.number ?? 0) + 1, keySet, iv: NO_IV }',
        '{ number: (newest?.number ?? 0) + 1, keySet, iv: newest?.iv ?? NO_IV }',
      ),
    ],
    killedBy: onLog('appendEntries follows key sets forwards only'),
  },
  {
    name: 'IV at the mark taken',
    edits: [edit(JUDGE, 'return iv.compare(mark.iv) > 0 ?', 'return iv.compare(mark.iv) >= 0 ?')],
    killedBy: onLog('appendEntries refuses an IV at or below the mark'),
  },
  {
    name: 'older key set taken again',
    edits: [
      edit(
        JUDGE,
        "if (used.has(toBase64url(keySet)) && !isNewest) return { refusal: 'key_set_superseded' }\n",
        '',
      ),
    ],
    killedBy: onLog('appendEntries follows key sets forwards only'),
  },
  {
    name: 'key set taken again after a refresh left it',
    edits: [
      edit(
        JUDGE,
        'marks: [mark, { number: mark.number + 1, keySet: nextKeySet, iv: NO_IV }]',
        'marks: [mark]',
      ),
    ],
    killedBy: onLog('appendEntries refuses a message under a key set'),
  },
  {
    name: 'time of an entry that falls with the clock',
    edits: [edit(JUDGE, 'Math.max(now, state.lastAcceptedAt)', 'now')],
    killedBy: onLog('appendEntries never lets the time of an entry fall'),
  },
  {
    name: 'marks of a later append forgotten',
    edits: [edit(APPEND, 'await raiseMark(trx, row.id, pair[0], mark)', 'continue')],
    killedBy: onLog('appendEntries refuses an IV at or below the mark'),
  },
  {
    name: 'prekey handed out twice',
    edits: [
      edit(
        DRAW,
        '      await markDrawn(trx, { account: contact, id: prekey.id, drawnBy: account, drawnAt: now })\n',
        '',
      ),
    ],
    killedBy: { file: 'tests/contracts/prekeys', title: 'prekeys on SQLite are handed out once each' },
  },
  {
    name: 'prekeys drawn without limit',
    edits: [edit(DRAW, '      await checkLimits(trx, { account, contact }, now)\n', '')],
    killedBy: {
      file: 'tests/contracts/prekeys',
      title: 'prekeys on SQLite one account draws 5 of another within an hour',
    },
  },
  {
    name: 'captcha answered twice',
    edits: [
      edit(
        CAPTCHAS,
        'return (await fresh.where({ nonce: row.nonce }).delete()) === 1 ? row : null',
        'return row',
      ),
    ],
    killedBy: { file: 'tests/contracts/captcha', title: 'captchas and rates on SQLite one of ten answers' },
  },
  {
    name: 'captcha of another pre-session',
    edits: [
      edit(
        CAPTCHAS,
        "const fresh = db('captchas').where({ session }).where",
        "const fresh = db('captchas').where",
      ),
      edit(
        CAPTCHAS,
        '{ session, since }: { session: Buffer; since: number }',
        '{ since }: { session: Buffer; since: number }',
      ),
    ],
    killedBy: {
      file: 'tests/contracts/captcha',
      title: 'captchas and rates on SQLite a captcha is found by its own pre-session alone',
    },
  },
  {
    name: 'logins without end before a captcha',
    edits: [edit('server/accounts/throttle.ts', 'attempt.captchaAfter ?? Infinity', 'Infinity')],
    killedBy: { file: 'tests/server/captcha', title: 'signing in needs a captcha after three failures' },
  },
  {
    name: 'applied cursor above the head',
    edits: [edit('server/commands/move-applied.ts', 'if (seq > (conversation?.head ?? 0))', 'if (seq < 0)')],
    killedBy: onLog('moveApplied only rises, never above the head'),
  },
]
