/** Bugs in what a browser keeps: counters, keys, prekeys, its identity. */
import { edit, type Mutant } from './mutant.ts'

const COUNTERS = 'pwa/client/history/counters.ts'
const WITHDRAW = 'pwa/client/history/withdraw.ts'
const SEAL = 'pwa/client/sync/seal-waiting.ts'
const ENTRANCE = 'pwa/client/entrance.ts'
const VAULT = 'pwa/client/vault/items.ts'

const by = (file: string, title: string) => ({ file: `tests/client/${file}`, title })

export const custodyMutants: readonly Mutant[] = [
  {
    name: 'IVs from localStorage under a Web Lock',
    edits: [
      edit(
        COUNTERS,
        "  return database.transaction('rw', [database.counters, database.outbox], async () => {\n",
        [
          "  if (typeof localStorage === 'object')",
          "    return navigator.locks.request('iv', () => {",
          "      const iv = BigInt(localStorage.getItem(keys) ?? '0') + 1n",
          '      localStorage.setItem(keys, String(iv))',
          '      return { iv, n: 1 }',
          '    })',
          "  return database.transaction('rw', [database.counters, database.outbox], async () => {\n",
        ].join('\n'),
      ),
    ],
    killedBy: { file: 'tests/e2e/iv-allocation', title: 'gives four tabs at once 1,200 different IVs' },
  },
  {
    name: 'a key written after its account was closed',
    edits: [edit(VAULT, '    signal.throwIfAborted()\n    try {', '    try {')],
    killedBy: by(
      'vault',
      'openVault writes no key to localStorage once the account is closed, for it may be erased by then',
    ),
  },
  {
    name: 'an account opened beside its erasure',
    edits: [edit(ENTRANCE, 'isStillSo() ? openAccount', 'true ? openAccount')],
    killedBy: by(
      'entrance',
      'createEntrance looks again at who is signed in when it had to wait for an erasure',
    ),
  },
  {
    name: 'an erasure that ends with its tab',
    edits: [edit(ENTRANCE, '    await finishErasing(parts)\n', '')],
    killedBy: by('entrance', 'createEntrance ends at the next start an erasure that was broken off'),
  },
  {
    name: 'an account opened that somebody had signed out of',
    edits: [edit(ENTRANCE, ' || namesUnder(storage, prefixOf(id)).length > 0', '')],
    killedBy: by(
      'entrance',
      'createEntrance opens no account that was signed out here before, once another one is erased',
    ),
  },
  {
    name: 'IV reserved without a transaction',
    edits: [
      edit(
        COUNTERS,
        "  return database.transaction('rw', [database.counters, database.outbox], async () => {\n",
        '  return (async () => {\n',
      ),
      edit(
        COUNTERS,
        '    return { iv, n: counter.n + 1 }\n  })',
        '    return { iv, n: counter.n + 1 }\n  })()',
      ),
    ],
    killedBy: by('counters', 'reserveIv gives a hundred parallel calls on four connections a hundred IVs'),
  },
  {
    name: 'IV reserved after sealing',
    edits: [
      edit(
        SEAL,
        'const { iv, n } = await reserveIv(open.database, conversation, keySet.id)',
        'const counter = await open.database.counters.get(keySet.id)\n  const { iv, n } = { iv: (counter?.iv ?? 0n) + 1n, n: (counter?.n ?? 0) + 1 }',
      ),
      edit(
        SEAL,
        '  const seal = { exchange: keySet.exchange, keys: keySet.id, iv, n }\n',
        '  await reserveIv(open.database, conversation, keySet.id)\n  const seal = { exchange: keySet.exchange, keys: keySet.id, iv, n }\n',
      ),
    ],
    killedBy: by(
      'crash-while-sealing',
      'uses no IV twice when the browser is killed right after a message was sealed',
    ),
  },
  {
    name: 'one IV counter for the conversation',
    edits: [
      edit(
        COUNTERS,
        'const counter = (await database.counters.get(keys)) ?? newCounter(conversation, keys)\n    const queued',
        'const counter = (await database.counters.get(String(conversation))) ?? newCounter(conversation, String(conversation))\n    const queued',
      ),
    ],
    killedBy: by('counters', 'reserveIv counts from 1 under each key set'),
  },
  {
    name: 'IVs of the outbox forgotten',
    edits: [
      edit(COUNTERS, 'row.seal?.keys === keys ? row.seal.iv : 0n', 'row.seal?.keys === keys ? 0n : 0n'),
    ],
    killedBy: by('counters', 'reserveIv stays above the IVs in the outbox when the counter was lost'),
  },
  {
    name: 'counter that falls to what the server has shown',
    edits: [edit(COUNTERS, 'iv: highest([counter.iv, seen.iv]),', 'iv: seen.iv,')],
    killedBy: by('counters', 'reserveIv stays above what the log and the server have shown'),
  },
  {
    name: 'commit under a key set that was replaced',
    edits: [
      edit(
        COUNTERS,
        '    if (log?.sealing?.keys !== seal.keys) return false\n',
        '    if (!log) return false\n',
      ),
    ],
    killedBy: by('counters', 'commitMessage refuses when another key set is the one to seal under'),
  },
  {
    name: 'commit of an IV below a committed one',
    edits: [edit(COUNTERS, 'seal.iv <= counter.committedIv || ', '')],
    killedBy: by('counters', 'commitMessage refuses an IV that is not above every committed one'),
  },
  {
    name: 'commit of any number',
    edits: [edit(COUNTERS, ' || seal.n !== counter.n + 1', '')],
    killedBy: by('counters', 'commitMessage refuses a number that is not the next one'),
  },
  {
    name: 'commit ahead of a message that waits again',
    edits: [edit(COUNTERS, 'next?.id !== sealed.id', '!next')],
    killedBy: by('counters', 'commitMessage refuses a message before which another one waits again'),
  },
  {
    name: 'commit of a log position that fell',
    edits: [edit(COUNTERS, '    if (sealed.logSeq < counter.logSeq) return false\n', '')],
    killedBy: by('counters', 'commitMessage refuses a log position below that of the last committed message'),
  },
  {
    name: 'refresh committed over a message',
    edits: [edit(COUNTERS, '    if ((counter?.committedIv ?? 0n) !== change.lastIv) return false\n', '')],
    killedBy: by('counters', 'commitChange refuses when a message was committed since'),
  },
  {
    name: 'IV given back with a withdrawn seal',
    edits: [
      edit(
        WITHDRAW,
        'await database.counters.put({ ...counter, n: seal.n - 1 })',
        'await database.counters.put({ ...counter, iv: 0n, committedIv: 0n, n: seal.n - 1 })',
      ),
    ],
    killedBy: by('counters', 'withdraw frees the numbers of the messages, but never their IVs'),
  },
  {
    name: 'keys from a backup used for sealing',
    edits: [edit('pwa/client/sync/key-sets.ts', '!(await open.vault.isForReading(record.exchange))', 'true')],
    killedBy: by('key-backup', 'is for reading: the conversation goes on by a new exchange'),
  },
  {
    name: 'server’s backup replaced unread',
    edits: [
      edit(
        'pwa/client/backup/renew.ts',
        'await noteBackup(open.database, { isReplaced: true })',
        "await noteBackup(open.database, { server: { savedAt: backup.savedAt, digest: '' } })",
      ),
    ],
    killedBy: by(
      'key-backup',
      'of another browser with another code is not overwritten, and the person is told',
    ),
  },
  {
    name: 'prekey not destroyed',
    edits: [
      edit(
        'pwa/client/sync/read-prekey.ts',
        '  if (keySet && !isOwn) await destroyUsed(open, envelope.prekey)\n',
        '',
      ),
    ],
    killedBy: by('first-contact', 'uses up one prekey, whose private half is gone once it was read'),
  },
  {
    name: 'destroyed prekey that comes back with a crash',
    edits: [
      edit(
        VAULT,
        '    await database.journal.bulkPut(items.map((item) => ({ item, value: DESTROYED, at: nowMs() })))\n',
        '',
      ),
    ],
    killedBy: by('vault', 'prekeys that were destroyed do not come back with a crash'),
  },
  {
    name: 'journal written after localStorage',
    edits: [
      edit(
        VAULT,
        '    await database.journal.put({ item, value, at: nowMs() })\n    try {\n      writeStorage(item, value)\n',
        '    try {\n      writeStorage(item, value)\n      await database.journal.put({ item, value, at: nowMs() })\n',
      ),
    ],
    killedBy: by('vault', 'openVault writes the journal before localStorage'),
  },
  {
    name: 'journal dropped before localStorage is on the disk',
    edits: [edit(VAULT, 'nowMs() - at > DISK_WITHIN_MS', 'nowMs() - at >= 0')],
    killedBy: by('vault', 'openVault keeps the journal while localStorage may not have reached the disk'),
  },
  {
    name: 'write not read back',
    edits: [
      edit(
        VAULT,
        "    if (storage.getItem(prefix + item) !== value) throw new ClientError('storage_failed')\n",
        '',
      ),
    ],
    killedBy: by('vault', 'a full localStorage is found when a write is lost without an error'),
  },
  {
    name: 'cleared keys repaired from the journal',
    edits: [edit(VAULT, 'if (noted && !held.has(IDENTITY))', "if (noted === '')")],
    killedBy: by(
      'vault',
      'openVault takes a clearing for a clearing once a start has found the keys in localStorage',
    ),
  },
  {
    name: 'cleared keys repaired from the journal, where a live query saw the clearing first',
    edits: [edit(VAULT, '    isClearingDue = !isReplaced()\n', '')],
    killedBy: by('vault', 'check honours a clearing that a live query met first'),
  },
  {
    name: 'a late tab takes the new keys of another off the journal',
    edits: [edit(VAULT, 'isClearingDue = !isReplaced()', 'isClearingDue = true')],
    killedBy: by('vault', 'forgetLost leaves the new keys in the journal'),
  },
  {
    name: 'keys used without looking whether they are still there',
    edits: [
      edit(
        VAULT,
        '    const stored = storage.getItem(prefix + item)\n',
        '    const stored = held.get(item) ?? storage.getItem(prefix + item)\n',
      ),
    ],
    killedBy: by('vault', 'check runs before every use of a key'),
  },
  {
    name: 'new identity made without asking',
    edits: [
      edit(
        'pwa/client/commands/identity.ts',
        'if (published !== null) {',
        'if (published !== null && held) {',
      ),
    ],
    killedBy: by('identity', 'makes no second identity for an account whose keys are gone'),
  },
  {
    name: 'new identity made although a place here remembers the old one',
    edits: [
      edit(
        'pwa/client/install/install.ts',
        "if (hasLostKeys(loss.value) && keys.value.state === 'unknown')",
        "if (hasLostKeys(loss.value) && keys.value.state === 'present')",
      ),
    ],
    killedBy: by('install', 'makes no identity although the server denies that there was one'),
  },
  {
    name: 'lost history written off before the person has seen it',
    edits: [
      edit(
        'pwa/client/install/install.ts',
        "if (loss.value === 'none' && hasKeys()) await mend()",
        'if (hasKeys()) await mend()',
      ),
    ],
    killedBy: by('install', 'says so at each start until the person has seen it'),
  },
  {
    name: 'install id in the cookie not looked at',
    edits: [
      edit(
        'pwa/client/install/judge-loss.ts',
        '[found.keyStorage, found.cache, found.cookie]',
        '[found.keyStorage, found.cache]',
      ),
    ],
    killedBy: by('judge-loss', 'never takes an account for new that anybody remembers'),
  },
]
