import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@redis/client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Bus, createLocalBus, type LiveEvent } from '../../server/live/bus.ts'
import { BEAT_MISSED_MS, createRedisBus } from '../../server/live/redis-bus.ts'
import { Redis } from '../support/redis.ts'

let redis: Redis
beforeAll(async () => {
  redis = await Redis.start()
})
afterAll(() => redis.kill())

const open: Bus[] = []
const lines: unknown[] = []
afterEach(() => {
  for (const bus of open.splice(0)) bus.close()
  lines.length = 0
})

function keep(bus: Bus): Bus {
  open.push(bus)
  return bus
}
const onRedis = (name: string): Bus =>
  keep(
    createRedisBus({
      url: redis.url,
      log: ({ event }) => lines.push(event),
      name,
      uptime: () => performance.now(),
    }),
  )
const untilWhole = (...buses: Bus[]) =>
  expect.poll(() => buses.every((bus) => bus.isWhole()), { timeout: 3 * BEAT_MISSED_MS }).toBe(true)
const online = (to: number): LiveEvent => ({ to, event: { type: 'online', contact: 7, isOnline: true } })
function listen(bus: Bus): LiveEvent[] {
  const heard: LiveEvent[] = []
  bus.subscribe((event) => heard.push(event))
  return heard
}

const kinds: Readonly<Record<string, () => Bus>> = {
  'the bus of one process': () => keep(createLocalBus()),
  'the bus over Redis': () => onRedis('one'),
}
describe.each(Object.entries(kinds))('%s', (_name, make) => {
  test('carries an event to every listener here, at once and once', async () => {
    const bus = make()
    await untilWhole(bus)
    const heard = [listen(bus), listen(bus)]
    bus.publish(online(1))
    expect(heard).toEqual([[online(1)], [online(1)]])
    await delay(200)
    expect(heard).toEqual([[online(1)], [online(1)]])
  })

  test('carries nothing to whoever has left', () => {
    const bus = make()
    const heard: LiveEvent[] = []
    const leave = bus.subscribe((event) => heard.push(event))
    leave()
    bus.publish(online(1))
    expect(heard).toEqual([])
  })
})

describe('buses that share a Redis', () => {
  test('carry an event to each other, and say nothing of themselves in the log', async () => {
    const [one, other] = [onRedis('one'), onRedis('other')]
    await untilWhole(one, other)
    const heard = listen(other)
    one.publish(online(1))
    await expect.poll(() => heard).toEqual([online(1)])
    expect(lines).toEqual([])
  })

  test('go on when Redis was killed and is back, and say each once', async () => {
    const [one, other] = [onRedis('one'), onRedis('other')]
    await untilWhole(one, other)
    await redis.kill()
    await expect.poll(() => one.isWhole() || other.isWhole(), { timeout: 3 * BEAT_MISSED_MS }).toBe(false)
    const heard = [listen(one), listen(other)]
    one.publish(online(1))
    expect(heard).toEqual([[online(1)], []])
    await redis.restart()
    await untilWhole(one, other)
    one.publish(online(2))
    await expect.poll(() => heard[1]).toEqual([online(2)])
    expect(new Set(lines.slice(0, 2))).toEqual(new Set(['bus_away']))
    expect(lines.slice(2)).toEqual(['bus_back', 'bus_back'])
  })

  test('notice a Redis that is connected and says nothing', async () => {
    const bus = onRedis('one')
    await untilWhole(bus)
    redis.pause()
    await expect.poll(() => bus.isWhole(), { timeout: 3 * BEAT_MISSED_MS }).toBe(false)
    redis.resume()
    await untilWhole(bus)
  })

  test('pass over what is no event of ours', async () => {
    const bus = onRedis('one')
    await untilWhole(bus)
    const heard = listen(bus)
    const stranger = createClient({ url: redis.url })
    await stranger.connect()
    for (const text of ['', '{', '{"from":"x","live":{"to":"1"}}', '{"from":"x","live":null,"more":1}'])
      await stranger.publish('letterlock/live/1', text)
    await stranger.publish('letterlock/live/1', JSON.stringify({ from: 'x', live: online(3) }))
    await expect.poll(() => heard).toEqual([online(3)])
    stranger.destroy()
  })
})
