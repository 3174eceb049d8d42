/** Whose items stand in localStorage: `letterlock/<account>/…` belong to an account, others to the browser. */
import type { KeyStorage } from './environment.ts'

export const prefixOf = (account: number): string => `letterlock/${account}/`

/** The whole names of all items that begin with `prefix`. */
export function namesUnder(storage: KeyStorage, prefix: string): readonly string[] {
  const names = Array.from({ length: storage.length }, (_, index) => storage.key(index) ?? '')
  return names.filter((name) => name.startsWith(prefix))
}

/** Null for an item of the browser. */
export function ownerOf(name: string): number | null {
  const account = /^letterlock\/([0-9]+)\//.exec(name)?.[1]
  return account === undefined ? null : Number(account)
}
