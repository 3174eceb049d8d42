/** The weather on one person's network: it is slow, loses, breaks and is gone, a while each. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Randomness } from '../sim/randomness.ts'
import type { FaultProxy, Treatment } from '../support/fault-proxy.ts'

const WHILE_LEAST_MS = 100
const WHILE_MOST_MS = 1_500

const KINDS = ['fair', 'slow', 'lossy', 'cut', 'down', 'mute'] as const
type Kind = (typeof KINDS)[number]

/** Changes the weather until `signal` ends it, and mends the network then. Returns how often it was anything but fair. */
export async function blow(net: FaultProxy, randomness: Randomness, signal: AbortSignal): Promise<number> {
  let faults = 0
  while (!signal.aborted) {
    const kind = randomness.pick(KINDS)
    if (kind !== 'fair') faults += 1
    turn(net, kind, randomness)
    await delay(randomness.whole(WHILE_LEAST_MS, WHILE_MOST_MS), null, { signal }).catch(() => null)
  }
  net.mend()
  return faults
}

function turn(net: FaultProxy, kind: Kind, randomness: Randomness): void {
  switch (kind) {
    case 'fair':
      return net.mend()
    case 'slow':
      return net.treat(() => slow(randomness))
    case 'lossy':
      return net.treat(() => loseSome(randomness))
    case 'cut':
      net.mend()
      return net.cut()
    case 'down':
      return net.goDown()
    case 'mute':
      net.mend()
      return net.swallowStreams()
  }
}

const slow = (randomness: Randomness): Treatment => ({
  kind: 'pass',
  beforeMs: randomness.whole(0, 400),
  afterMs: randomness.whole(0, 400),
})

function loseSome(randomness: Randomness): Treatment {
  return randomness.pick<Treatment>([
    { kind: 'pass' },
    { kind: 'refuse' },
    { kind: 'lose-answer' },
    { kind: 'answer', status: 503 },
    slow(randomness),
  ])
}
