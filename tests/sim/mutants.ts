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

export interface Mutant {
  readonly name: string
  readonly edits: readonly Edit[]
  /** The first seed from 1 on that breaks a promise. */
  readonly killedBy: number
}

const edit = (file: string, find: string, put: string): Edit => ({ file: `/pwa/${file}`, find, put })

export const mutants: readonly Mutant[] = [
  {
    name: 'salt without its random part',
    killedBy: 4,
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
    killedBy: 4,
    edits: [edit('client/sync/run.ts', "return run.state === 'known' ||", 'return true ||')],
  },
  {
    name: 'key set of a copied profile used for sealing',
    killedBy: 13,
    edits: [
      edit(
        'client/sync/receive-page.ts',
        'if (read.foreignIds.length > 0) await',
        'if (read.foreignIds.length < 0) await',
      ),
    ],
  },
  {
    name: 'outbox row deleted before the acknowledgement',
    killedBy: 9,
    edits: [
      edit(
        'client/sync/drain-outbox.ts',
        "    const answer = await parts.api.call('append'",
        "    await parts.database.outbox.bulkDelete(batch.map(({ id }) => id))\n    const answer = await parts.api.call('append'",
      ),
    ],
  },
  {
    name: '401 treated as done',
    killedBy: 1,
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
    killedBy: 2,
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
    killedBy: 12,
    edits: [
      edit('client/commands/identity.ts', 'if (published !== null) {', 'if (published !== null && held) {'),
    ],
  },
]

/** From now on modules load with the mutant's bug. Throws while loading when the client's text has moved on. */
export function plant({ edits }: Mutant): void {
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
