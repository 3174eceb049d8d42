/**
 * A run of this install: from the first tab opened to the last one closed. Before the first seal of a run the server swaps a
 * token that only this database knows. A copied or restored profile shows by a token that was not the last one; without
 * the server nobody can tell. In both cases keys are refreshed before anything is sealed (protocol, section 7).
 */
import type { RunRecord } from '../../../server/wire/account.ts'
import { fromBase64url, ivNumber, toBase64url } from '../../protocol/bytes.ts'
import { ClientError } from '../contract/client-error.ts'
import { raiseCounter } from '../history/counters.ts'
import type { AccountDatabase, RunRow } from '../history/database.ts'
import { withLock, type OpenAccount } from '../open-account.ts'

const TOKENS_KEPT = 16
const ANSWER_MOST_MS = 4_000

/** The lock that every tab holds, shared, for as long as it has the account open. */
export const runLock = (account: number): string => `letterlock-${account}-run`

/**
 * Joins the run of the other tabs, or begins a new one when there is none, unless that was done. The run ends with the last
 * tab's lock. Throws when there is no room to begin one.
 */
export async function joinRun(open: OpenAccount): Promise<void> {
  if (open.hasJoinedRun.value) return
  const name = runLock(open.account.id)
  await withLock(open, 'run-start', async () => {
    const { held } = await open.locks.query()
    if (!held?.some((lock) => lock.name === name)) await beginRun(open)
    await holdUntilClosed(open, name)
    open.hasJoinedRun.set(true)
  })
}

function holdUntilClosed(open: OpenAccount, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const hold = () =>
      new Promise<void>((release) => {
        open.signal.addEventListener('abort', () => release())
        resolve()
      })
    open.locks.request(name, { mode: 'shared' }, hold).catch(reject)
  })
}

async function beginRun({ database, tools, vault }: OpenAccount): Promise<RunRow> {
  const hasKeys = vault.keys.value.state === 'gone' || (await vault.identity()) !== null
  const fresh = () => toBase64url(tools.primitives.random(16))
  return database.transaction('rw', database.meta, async () => {
    const before = await readRun(database)
    const run: RunRow = {
      name: 'run',
      install: before?.install ?? fresh(),
      tokens: before?.tokens ?? [],
      state: 'unverified',
      begunKeySets: [],
      ...lossOf(before, hasKeys),
    }
    await database.meta.put(run)
    return run
  })
}

/** Keys without their counters tell that the database was lost. Later runs remember it. */
function lossOf(before: RunRow | null, hasKeys: boolean): Pick<RunRow, 'begunSinceLoss'> {
  if (before?.begunSinceLoss) return { begunSinceLoss: before.begunSinceLoss }
  return !before && hasKeys ? { begunSinceLoss: [] } : {}
}

/** Keys came from a backup into a database that does not know their counters. */
export async function noteCountersLost(database: AccountDatabase): Promise<void> {
  await database.transaction('rw', database.meta, async () => {
    const run = await readRun(database)
    if (run && !run.begunSinceLoss) await database.meta.put({ ...run, begunSinceLoss: [] })
  })
}

export async function readRun(database: AccountDatabase): Promise<RunRow | null> {
  const row = await database.meta.get('run')
  return row?.name === 'run' ? row : null
}

/** Whether this run may seal under a key set, asking the server if it was not asked yet. */
export async function maySealUnder(open: OpenAccount, keys: string): Promise<boolean> {
  const run = await verifyRun(open)
  if (run.begunSinceLoss && !run.begunSinceLoss.includes(keys)) return false
  if (run.begunKeySets.includes(keys)) return true
  const counter = await open.database.counters.get(keys)
  return run.state === 'known' && !counter?.isUsedElsewhere
}

/**
 * Asks the server about this run, if it has not answered yet. One tab asks for all: two swaps at once would look like a copied
 * profile. It is asked also where the browser takes itself for offline: a server may be reached there all the same, and each side
 * would refresh keys before every message of its own.
 */
export function verifyRun(open: OpenAccount): Promise<RunRow> {
  return withLock(open, 'run-verify', async () => {
    await joinRun(open)
    const { database } = open
    const run = (await readRun(database)) ?? (await beginRun(open))
    if (run.state !== 'unverified') return run
    const next = toBase64url(open.tools.primitives.random(16))
    await database.meta.put({ ...run, tokens: addToken(run.tokens, next) })
    const answer = await askServer(open, { install: run.install, previous: [...run.tokens], next })
    return answer ? settleRun(database, next, answer) : run
  })
}

/** The first one is the last that the server confirmed: without it, nothing tried in vain since would count. */
const addToken = ([confirmed, ...tried]: readonly string[], next: string): readonly string[] =>
  confirmed === undefined ? [next] : [confirmed, ...[...tried, next].slice(1 - TOKENS_KEPT)]

function askServer(
  { api }: OpenAccount,
  body: { install: string; previous: string[]; next: string },
): Promise<RunRecord | null> {
  return api.call('beginRun', { body, signal: AbortSignal.timeout(ANSWER_MOST_MS) }).catch(() => null)
}

function settleRun(database: AccountDatabase, token: string, answer: RunRecord): Promise<RunRow> {
  return database.transaction('rw', [database.meta, database.counters], async () => {
    for (const mark of answer.marks)
      await raiseCounter(database, mark.contact, mark.keys, { iv: ivNumber(fromBase64url(mark.IV)) })
    const run = await readRun(database)
    if (!run) throw new ClientError('storage_failed')
    const settled: RunRow = {
      ...run,
      tokens: [token],
      state: answer.isKnown && run.state !== 'unknown' ? 'known' : 'unknown',
    }
    await database.meta.put(settled)
    return settled
  })
}
