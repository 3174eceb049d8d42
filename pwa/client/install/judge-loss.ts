/** What this browser has lost of an account, told from what is left (reliability A4). */
import type { Loss } from '../contract/status.ts'

/** Where the install id was found; null: it is not there. */
export interface FoundIds {
  readonly keyStorage: string | null
  readonly database: string | null
  readonly cache: string | null
  readonly cookie: string | null
}

export interface Found extends FoundIds {
  readonly hasKeys: boolean
  /** This page has had keys and history open before, whatever became of them. */
  readonly isKnownToPage: boolean
  /** The server knows an identity key of the account, so there were keys somewhere. */
  readonly isKnownToServer: boolean
}

/**
 * The id is written only where there are keys, so whatever bears it says that there were some. A database without it is
 * new, and one with another id belongs to another install. What is missing without anything that it stood for is no loss.
 */
export function judgeLoss(found: Found): Loss {
  const { hasKeys, database, isKnownToPage, isKnownToServer } = found
  const besides = [found.keyStorage, found.cache, found.cookie].filter((id) => id !== null)
  const isKnownBesides = isKnownToPage || besides.length > 0
  const isHistoryHere = database !== null && (besides.length === 0 || besides.includes(database))
  if (hasKeys) return isHistoryHere || !isKnownBesides ? 'none' : 'history'
  if (database !== null || isKnownBesides) return isHistoryHere ? 'keys' : 'keys-and-history'
  return isKnownToServer ? 'everything' : 'none'
}

export const hasLostKeys = (loss: Loss): boolean => loss !== 'none' && loss !== 'history'
