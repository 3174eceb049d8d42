/** Lets a conversation of two browsers come to rest, and gathers what it has left. */
import { setTimeout as delay } from 'node:timers/promises'
import { readHistory } from '../e2e/kept.ts'
import type { Pair } from '../e2e/pair.ts'
import { readCryptoLog } from '../e2e/story-evidence.ts'
import { parseEnvelope } from '../../server/wire/envelope.ts'
import type { TestDatabase } from '../support/database.ts'
import { findFaults, isFinal, type Evidence, type LoggedMessage } from './evidence.ts'

/** A stream that says nothing is given up after 45 s, and a tab waits up to 8 s between its tries. */
const REST_WITHIN_MS = 90_000
const LOOK_EVERY_MS = 500

/**
 * Waits until the evidence shows no fault, with whole networks and nobody typing. What is still wrong after 90 s will not
 * mend itself.
 */
export async function comeToRest(pair: Pair, shown: readonly string[]): Promise<Evidence> {
  const deadlineMs = Date.now() + REST_WITHIN_MS
  for (;;) {
    const evidence = await gather(pair, shown)
    const faults = findFaults(evidence)
    if (faults.length === 0 || faults.some(isFinal) || Date.now() > deadlineMs) return evidence
    await delay(LOOK_EVERY_MS)
  }
}

export const listPageErrors = ({ alice, bob }: Pair): string[] =>
  [alice, bob].flatMap(({ name, profile }) => profile.pageErrors.map((error) => `page of ${name}: ${error}`))

async function gather({ alice, bob, database }: Pair, shown: readonly string[]): Promise<Evidence> {
  const log = await readLoggedMessages(database)
  const lines = [...alice.profile.consoleLines, ...bob.profile.consoleLines]
  return {
    shown,
    log,
    histories: new Map([
      ['alice', await readHistory(alice.page)],
      ['bob', await readHistory(bob.page)],
    ]),
    seals: readCryptoLog(lines).filter(({ operation }) => operation === 'seal'),
  }
}

async function readLoggedMessages(database: TestDatabase): Promise<LoggedMessage[]> {
  const rows = await database.query('select entry_id, sender, envelope from entries order by seq')
  return rows.flatMap((row) => {
    const envelope = parseEnvelope(String(row['envelope']))
    if (envelope?.type !== 'msg') return []
    const id = Buffer.from(row['entry_id'] as Uint8Array).toString('base64url') // a column of bytes
    return [{ id, sender: Number(row['sender']), keys: envelope.keys, iv: envelope.IV }]
  })
}
