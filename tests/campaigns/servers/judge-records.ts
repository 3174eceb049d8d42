/**
 * Judges what all clients of one conversation saw, after Jepsen's manner: each wrote down when it asked, when it was
 * answered and what. Pure. Times are of one clock, in milliseconds.
 */

export interface Position {
  readonly seq: number
  readonly id: string
}
/** An append that was answered. */
export interface Acknowledged extends Position {
  readonly at: number
}
/** A pull that was answered. */
export interface Read {
  readonly askedAt: number
  readonly at: number
  readonly after: number
  readonly head: number
  readonly entries: readonly Position[]
}
export interface Records {
  /** The log when all was over. */
  readonly log: readonly Position[]
  readonly acknowledged: readonly Acknowledged[]
  /** The pulls of each client, in the order in which they were asked. */
  readonly reads: readonly (readonly Read[])[]
  /** What each client that follows the log applied, in that order, until all was over. */
  readonly shown: readonly (readonly Position[])[]
}

/** A sentence for each promise that was broken; none: no violation. */
export function judgeRecords(records: Records): string[] {
  return [
    ...judgeLog(records.log),
    ...judgeAcknowledged(records),
    ...records.reads.flatMap((reads, client) => judgeReads(reads, client, records)),
    ...records.shown.flatMap((shown, client) => judgeShown(shown, client, records)),
  ]
}

function judgeLog(log: readonly Position[]): string[] {
  const ids = new Set(log.map(({ id }) => id))
  const gap = log.findIndex(({ seq }, index) => seq !== index + 1)
  return [
    ...(gap === -1 ? [] : [`the log has ${log[gap]?.seq} where ${gap + 1} belongs`]),
    ...(ids.size === log.length ? [] : [`${log.length - ids.size} entries stand twice in the log`]),
  ]
}

/** Nothing that was acknowledged is lost or stands elsewhere. */
function judgeAcknowledged({ log, acknowledged }: Records): string[] {
  const positions = new Map(log.map(({ id, seq }) => [id, seq]))
  return acknowledged.flatMap(({ id, seq }) => {
    const found = positions.get(id)
    if (found === undefined) return [`${id} was acknowledged at ${seq} and is lost`]
    return found === seq ? [] : [`${id} was acknowledged at ${seq} and stands at ${found}`]
  })
}

/** What is read is the log's, never less than before, and never less than what anybody was told before it was asked. */
function judgeReads(reads: readonly Read[], client: number, { log, acknowledged }: Records): string[] {
  const faults: string[] = []
  const told = [...acknowledged].sort((one, other) => one.at - other.at)
  let next = 0
  let toldHead = 0
  let lastHead = 0
  for (const { askedAt, after, head, entries } of reads) {
    for (; (told[next]?.at ?? Infinity) < askedAt; next++) toldHead = Math.max(toldHead, told[next]?.seq ?? 0)
    if (head < lastHead) faults.push(`client ${client} read the head ${head} after ${lastHead}`)
    if (head < toldHead)
      faults.push(`client ${client} read the head ${head} when ${toldHead} was acknowledged`)
    const wrong = entries.find(({ seq, id }, index) => seq !== after + 1 + index || log[seq - 1]?.id !== id)
    if (wrong) faults.push(`client ${client} read ${wrong.id} at ${wrong.seq}, after ${after}`)
    lastHead = Math.max(lastHead, head)
  }
  return faults
}

/** Whoever follows shows the log, each entry once and in order. */
function judgeShown(shown: readonly Position[], client: number, { log }: Records): string[] {
  const wrong = shown.findIndex(({ seq, id }, index) => seq !== index + 1 || log[index]?.id !== id)
  if (wrong !== -1) return [`client ${client} showed ${shown[wrong]?.id} as number ${wrong + 1}`]
  return shown.length === log.length
    ? []
    : [`client ${client} showed ${shown.length} of ${log.length} entries`]
}
