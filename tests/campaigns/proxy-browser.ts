/** The same proxies in front of two browsers. */
import { setTimeout as delay } from 'node:timers/promises'
import { meet } from '../e2e/pair.ts'
import { createRandomness } from '../sim/randomness.ts'
import { figuresOf, findFaults, type Findings } from './evidence.ts'
import { gatherAtRest, listPageErrors } from './gather.ts'
import { interfere } from './interfere.ts'
import { typeOn } from './typing.ts'

const TYPING_MS = 4_000
const PAUSE_MS = 200

/** Two people write through proxies that interfere, come to rest and begin anew, so many times. Ends at the first fault. */
export async function interfereWithBrowsers({
  seed,
  rounds,
}: {
  seed: number
  rounds: number
}): Promise<Findings> {
  const randomness = createRandomness(seed)
  const pair = await meet()
  const { alice, bob } = pair
  const shown = ['hello']
  const pages = new Map([
    ['alice', alice.page],
    ['bob', bob.page],
  ])
  let networkFaults = 0
  try {
    for (let round = 1; ; round++) {
      const interferences = [pair.aliceNet, pair.bobNet].map((net) => interfere(net, randomness))
      const signal = AbortSignal.timeout(TYPING_MS)
      const typing = { shown, signal, pauseMs: PAUSE_MS }
      await Promise.all([
        typeOn(alice.page, { ...typing, contact: 'bob', tab: `alice in round ${round}` }),
        typeOn(bob.page, { ...typing, contact: 'alice', tab: `bob in round ${round}` }),
        delay(TYPING_MS),
      ])
      for (const { end, faults } of interferences) {
        end(randomness.isLikely(0.5))
        networkFaults += faults()
      }
      const evidence = await gatherAtRest({ pair, shown, pages })
      const faults = [...findFaults(evidence), ...listPageErrors(pair)]
      const figures = { rounds: round, networkFaults, ...figuresOf(evidence) }
      if (faults.length > 0 || round === rounds) return { faults, figures }
    }
  } finally {
    await pair.remove()
  }
}
