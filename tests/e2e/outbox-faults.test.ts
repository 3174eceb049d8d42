/**
 * The fault table of the outbox (reliability T-D1, T-D2): whatever an append meets, and whenever what drains is ended, the log
 * holds exactly what was written, in order, once. `npm run campaign:outbox` is the full size, otherwise a part of it runs.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endDrainer, FAULTS, MESSAGES, prepareWay, sendThrough, WAYS, type Fault } from './outbox-faults.ts'
import { meet, type Pair } from './pair.ts'

const isFull = process.env['CAMPAIGN'] === 'full'
const ENDS = isFull ? 20 : 1
/** A lost message is missed sooner than one that came through a fault is there. */
const MISSED_AFTER_MS = 5_000
/** One for each way to drain: an answer that is lost, a number that is taken, a session that has ended. */
const PART: readonly (readonly string[])[] = [['reset after the server has stored'], ['409'], ['401']]

function faultsOf(index: number): readonly Fault[] {
  return isFull ? FAULTS : FAULTS.filter(({ name }) => PART[index]?.includes(name))
}

const figures = { faults: 0, ends: 0, messages: 0 }

describe.each(WAYS.map((way, index) => ({ way, index })))('with Background Sync $way', ({ way, index }) => {
  let pair: Pair
  beforeAll(async () => {
    pair = await meet()
    await prepareWay(pair, way)
  })
  afterAll(() => pair?.remove())

  test.each(faultsOf(index))('ten messages arrive once and in order through $name', async (fault) => {
    await sendThrough(pair, way, fault, `${fault.name},`)
    figures.faults += 1
    figures.messages += MESSAGES
  })

  test(`ten messages arrive once and in order when what drains is ended, ${ENDS} times`, async () => {
    for (let end = 1; end <= ENDS; end += 1) {
      await endDrainer(pair, way, Math.random() * 500, `end ${end},`)
      figures.ends += 1
      figures.messages += MESSAGES
    }
  }, 600_000)
})

describe('a bug that is planted', () => {
  let pair: Pair
  beforeAll(async () => {
    pair = await meet()
  })
  afterAll(() => pair?.remove())

  test('rows deleted before the acknowledgement: messages are missed', async () => {
    await prepareWay(pair, 'removed')
    await pair.alice.page.evaluate(() => {
      const send = window.fetch
      window.fetch = async (input, init) => {
        const { method, url } = new Request(input, init)
        if (method === 'POST' && url.endsWith('/entries')) {
          const names = (await indexedDB.databases()).map(({ name }) => name ?? '')
          const name = names.find((one) => /^letterlock-[0-9]+$/.test(one)) ?? ''
          await new Promise<void>((resolve) => {
            const opening = indexedDB.open(name)
            opening.addEventListener('success', () => {
              const deleting = opening.result.transaction('outbox', 'readwrite')
              deleting.objectStore('outbox').clear()
              deleting.addEventListener('complete', () => resolve())
            })
          })
        }
        return send(input, init)
      }
    })
    // Not a reset connection: Chromium sends such a request again by itself.
    const fault: Fault = { name: '503', treatment: { kind: 'answer', status: 503 } }
    await expect(sendThrough(pair, 'removed', fault, 'planted,', MISSED_AFTER_MS)).rejects.toThrow()
  })
})

afterAll(() => {
  process.stdout.write(`${JSON.stringify(figures)}\n`)
})
