/** Adding a key to the server's own: the next start of each server writes with it. */
import { readdir } from 'node:fs/promises'
import { keyId, makeKey, type Purpose } from './secrets.ts'

/** Makes the next key of a purpose beside those that are there, and returns its number. Throws when there is none yet. */
export async function addKey(folder: string, purpose: Purpose): Promise<number> {
  const ids = (await readdir(folder)).map((name) => keyId(name, purpose)).filter((id) => id !== null)
  if (ids.length === 0)
    throw new Error(`${folder} has no ${purpose} key yet: the first start of a server makes one.`)
  const id = Math.max(...ids) + 1
  await makeKey(folder, purpose, id)
  return id
}
