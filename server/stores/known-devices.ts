/** Browsers in which an account has signed in completely. */
import type { Queryable } from '../database.ts'

export async function isKnownDevice(
  db: Queryable,
  { keyHash, account, since }: { keyHash: Buffer; account: number; since: number },
): Promise<boolean> {
  const row = await db('known_devices')
    .where({ key_hash: keyHash, account })
    .where('signed_in_at', '>', since)
    .first('account')
  return row !== undefined
}

/** Gives a browser a new key, with which all accounts it knew are known, and this one from now on. */
export async function renewDevice(
  db: Queryable,
  { before, keyHash, account, now }: { before: Buffer | null; keyHash: Buffer; account: number; now: number },
): Promise<void> {
  if (before !== null) {
    await db('known_devices').where({ key_hash: before, account }).delete()
    await db('known_devices').where({ key_hash: before }).update({ key_hash: keyHash })
  }
  await db('known_devices').insert({ key_hash: keyHash, account, signed_in_at: now })
}

/** Removes browsers that signed in at or before a time. */
export async function deleteOldDevices(db: Queryable, since: number): Promise<void> {
  await db('known_devices').where('signed_in_at', '<=', since).delete()
}
