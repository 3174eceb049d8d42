import { fromBase64url, toBase64url } from '../bytes.ts'
import { inTransaction } from '../database.ts'
import type { Deps } from '../deps.ts'
import { listNewestMarks } from '../stores/marks.ts'
import { insertRunToken, lockRunToken, replaceRunToken } from '../stores/runs.ts'
import type { RunRecord } from '../wire/account.ts'

/**
 * Swaps the run token of an install and returns the account's marks. `isKnown` is false when the token swapped in last is
 * none of `previous`: this install is a copy, or was set back to an earlier state.
 */
export async function beginRun(
  { db, clock }: Pick<Deps, 'db' | 'clock'>,
  run: { account: number; install: string; previous: readonly string[]; next: string },
): Promise<RunRecord> {
  const row = {
    account: run.account,
    install: fromBase64url(run.install),
    token: fromBase64url(run.next),
    now: clock(),
  }
  const isKnown = await inTransaction(db, async (trx) => {
    const last = await lockRunToken(trx, row.account, row.install)
    if (last === null) await insertRunToken(trx, row)
    else await replaceRunToken(trx, row)
    return last === null ? run.previous.length === 0 : run.previous.includes(toBase64url(last))
  })
  const marks = await listNewestMarks(db, run.account)
  return {
    isKnown,
    marks: marks.map(({ contact, keySet, iv }) => ({
      contact,
      keys: toBase64url(keySet),
      IV: toBase64url(iv),
    })),
  }
}
