/** Whether a crypto log shows what the specification wants: no key seals twice under one IV, and keys change when they should. */
import { repeatedIvs, type CryptoLine } from './story-evidence.ts'

/** From here on in a browser's crypto log, nothing may be sealed under keys of before. */
export interface DueChange {
  /** Lines of the log when the change became due. */
  readonly at: number
  /** A first or a new exchange, a refresh, a new run without network. */
  readonly why: string
}

type Seal = CryptoLine & { readonly keys: string; readonly exchange: string; readonly epoch: number }

/**
 * What is wrong in the crypto log of one browser, whose lines stand in the order in which they were written; a sentence each.
 * Besides the changes that are due, a refresh in the log itself, begun or accepted, ends the epochs before it.
 */
export function checkCryptoLog(log: readonly CryptoLine[], due: readonly DueChange[]): string[] {
  const seals = log.filter(isSeal)
  const unnamed = log.filter((line) => line.operation === 'seal' && !isSeal(line))
  return [
    ...unnamed.map(() => 'a seal does not name its key, IV, key set, exchange and epoch'),
    ...repeatedIvs(seals).map((pair) => `sealed twice: ${pair}`),
    ...listReturns(seals),
    ...listOutdated(log),
    ...due.flatMap((change) => (isMade(log, change) ? [] : [`no new keys after: ${change.why}`])),
  ]
}

function isSeal(line: CryptoLine): line is Seal {
  const { operation, key, iv, keys, exchange, epoch } = line
  return operation === 'seal' && [key, iv, keys, exchange, epoch].every((member) => member !== undefined)
}

/** Seals under a key set that the browser had left for another one with the same person. */
function listReturns(seals: readonly Seal[]): string[] {
  const left = new Set<string>()
  const last = new Map<number | undefined, string>()
  return seals.flatMap(({ peer, keys }) => {
    const before = last.get(peer)
    if (before !== undefined && before !== keys) left.add(before)
    last.set(peer, keys)
    return left.has(keys) ? [`back to key set ${keys}`] : []
  })
}

/** Seals under an epoch that a refresh had ended. */
function listOutdated(log: readonly CryptoLine[]): string[] {
  const epochs = new Map<string, number>()
  return log.flatMap((line) => {
    const { operation, exchange = '', epoch = 0 } = line
    const reached = epochs.get(exchange) ?? 0
    if (operation === 'refresh') epochs.set(exchange, Math.max(epoch, reached))
    return isSeal(line) && epoch < reached
      ? [`epoch ${epoch} of ${exchange} after a refresh to ${reached}`]
      : []
  })
}

/** The first seal after the change was due is under a key set that had sealed nothing. */
function isMade(log: readonly CryptoLine[], { at }: DueChange): boolean {
  const before = new Set(
    log
      .slice(0, at)
      .filter(isSeal)
      .map(({ keys }) => keys),
  )
  const next = log.slice(at).find(isSeal)
  return next !== undefined && !before.has(next.keys)
}
