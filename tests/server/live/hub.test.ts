import { describe, expect, test } from 'vitest'
import { createLocalBus } from '../../../server/live/bus.ts'
import { createHub, type LiveStream } from '../../../server/live/hub.ts'

describe('a hub that is closed', () => {
  test('ends its streams and takes no more of them', () => {
    const ended: number[] = []
    const stream = (account: number): LiveStream => ({
      account,
      session: Buffer.from('session'),
      send: () => undefined,
      end: () => ended.push(account),
    })
    const hub = createHub(createLocalBus())
    hub.add(stream(1))
    hub.close()
    expect(ended).toEqual([1])
    expect(() => hub.add(stream(2))).toThrow('busy')
  })
})
