/**
 * Deliberate bugs, put into the client's text while it is loaded: no file is changed. Each must break a promise under some
 * seed, or the promises are worth nothing.
 */
import { registerHooks } from 'node:module'

interface Edit {
  readonly file: string
  readonly find: string
  readonly put: string
}

/** A story: `server` belongs to it. */
export interface Seed {
  readonly seed: number
  readonly server: 'any' | 'honest' | 'hostile'
}

export interface Mutant {
  readonly name: string
  readonly edits: readonly Edit[]
  /** The first seed from 1 on that breaks a promise, or a scene with a crash at every point. */
  readonly killedBy: Seed | { readonly scene: string }
}

const edit = (file: string, find: string, put: string): Edit => ({ file: `/pwa/${file}`, find, put })

export const mutants: readonly Mutant[] = [
  {
    name: 'salt without its random part',
    killedBy: { seed: 5, server: 'honest' },
    edits: [
      edit(
        'protocol/key-set.ts',
        'tools.primitives.random(SALT_RANDOM_BYTES)',
        'new Uint8Array(SALT_RANDOM_BYTES)',
      ),
    ],
  },
  {
    name: 'restored key set used for sealing',
    killedBy: { seed: 5, server: 'honest' },
    edits: [edit('client/sync/run.ts', "return run.state === 'known' && ", 'return ')],
  },
  {
    name: 'outbox row deleted before the acknowledgement',
    killedBy: { seed: 7, server: 'honest' },
    edits: [
      edit(
        'client/sync/drain-outbox.ts',
        '  const answer = await append(parts,',
        '  await parts.database.outbox.bulkDelete(batch.rows.map(({ id }) => id))\n  const answer = await append(parts,',
      ),
    ],
  },
  {
    name: '401 treated as done',
    killedBy: { seed: 24, server: 'honest' },
    edits: [
      edit(
        'client/sync/drain-outbox.ts',
        "if (session.account?.id !== parts.account) return { state: 'expired' }",
        'if (session.account?.id !== parts.account) await parts.database.outbox.clear()',
      ),
    ],
  },
  {
    name: 'glare won by the higher seq',
    killedBy: { seed: 16, server: 'honest' },
    edits: [
      edit(
        'protocol/order.ts',
        "earlier.initiator !== entry.sender ? 'void' : 'open'",
        "earlier.initiator === 0 ? 'void' : 'open'",
      ),
    ],
  },
  {
    name: 'new identity made without asking',
    killedBy: { seed: 56, server: 'honest' },
    edits: [
      edit('client/commands/identity.ts', 'if (published !== null) {', 'if (published !== null && held) {'),
      // Nor does this browser's own memory hold it back.
      edit('client/commands/identity.ts', "    if (vault.keys.value.state === 'gone') return\n", ''),
    ],
  },
  {
    name: 'cursor moved outside the write transaction',
    killedBy: { scene: 'receive' },
    edits: [
      edit(
        'client/sync/receive-page.ts',
        "return isPaused(open) ? 'paused' : await writePage(open, page, read)",
        "if (isPaused(open)) return 'paused'\n    await open.database.logs.put(read.log)\n    return await writePage(open, page, read)",
      ),
      edit('client/sync/receive-page.ts', 'if (now?.state.seq !== page.after)', 'if (!now)'),
    ],
  },
  {
    name: 'page not starting at the cursor applied',
    killedBy: { seed: 16, server: 'honest' },
    edits: [
      edit('client/sync/receive-page.ts', '!before || before.state.seq !== page.after', '!before'),
      edit('client/sync/receive-page.ts', 'now?.state.seq !== page.after', 'now === undefined'),
      edit('protocol/log-state.ts', 'seq !== state.seq + 1', 'seq <= state.seq'),
    ],
  },
  {
    name: 'a batch of history counted before it is kept',
    killedBy: { scene: 'shared history, as who is asked' },
    edits: [
      edit(
        'client/sharing/continue-share.ts',
        "  return database.transaction('rw', [messages, conversations], async () => {\n    const row =",
        '  return (async () => {\n    const row =',
      ),
      edit(
        'client/sharing/continue-share.ts',
        '    await messages.add({',
        "    await conversations.update(conversation, { share: { ...share, state: isLast ? 'done' : 'sharing', upTo, sent } })\n    await messages.add({",
      ),
      edit(
        'client/sharing/continue-share.ts',
        'upTo, sent },\n    })\n  })\n}',
        'upTo, sent },\n    })\n  })()\n}',
      ),
    ],
  },
  {
    name: 'keys in localStorage alone',
    killedBy: { scene: 'exchange, as initiator' },
    edits: [
      edit(
        'client/vault/items.ts',
        'if (held.get(item) === value) return\n    await database.journal.put({ item, value, at: nowMs() })',
        'if (held.get(item) === value) return',
      ),
    ],
  },
]

/** Throws for a name that no mutant has. */
export function plantByName(name: string): void {
  const mutant = mutants.find((one) => one.name === name)
  if (!mutant) throw new Error(`no such mutant: ${name}`)
  plant(mutant)
}

/** From now on modules load with the mutant's bug. Throws while loading when the client's text has moved on. */
function plant({ edits }: Mutant): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      const own = edits.filter(({ file }) => url.endsWith(file))
      if (own.length === 0) return loaded
      const source = own.reduce(apply, textOf(loaded.source))
      return { ...loaded, source }
    },
  })
}

function textOf(source: string | ArrayBuffer | NodeJS.TypedArray | undefined): string {
  return typeof source === 'string' ? source : new TextDecoder().decode(source)
}

function apply(text: string, { file, find, put }: Edit): string {
  if (text.split(find).length !== 2) throw new Error(`${file} does not hold once: ${find}`)
  return text.replace(find, () => put)
}
