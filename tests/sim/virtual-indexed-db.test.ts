import * as fc from 'fast-check'
import { IDBFactory as CompleteFactory, IDBKeyRange as CompleteKeyRange } from 'fake-indexeddb'
import { describe, expect, test } from 'vitest'
import { VirtualIndexedDB, type Scheduler } from './virtual-indexed-db.ts'
import { keyRanges } from './virtual-records.ts'

type Ranges = Pick<typeof IDBKeyRange, 'bound'>
interface World {
  readonly factory: IDBFactory
  readonly ranges: Ranges
}

function scheduler(): Scheduler {
  let turn = 0
  const soon = (run: () => void): void =>
    void setImmediate(() => {
      turn += 1
      run()
    })
  return { step: soon, tell: soon, turn: () => turn, committing: () => undefined }
}

const virtualWorld = (): World => ({
  factory: new VirtualIndexedDB().doorFor(scheduler()),
  ranges: keyRanges as unknown as Ranges, // as much of it as the client uses
})
const completeWorld = (): World => ({
  factory: new CompleteFactory(),
  ranges: CompleteKeyRange,
})

const key = fc.integer({ min: 0, max: 6 })
const name = fc.constantFrom('a', 'b', 'c')
const row = fc.record({ id: name, group: key, place: key, big: fc.bigInt({ min: 0n, max: 9n }) })
const operation = fc.oneof(
  fc.record({ do: fc.constant('put' as const), row }),
  fc.record({ do: fc.constant('add' as const), row }),
  fc.record({ do: fc.constant('get' as const), id: name }),
  fc.record({ do: fc.constant('delete' as const), id: name }),
  fc.record({ do: fc.constantFrom('all', 'keys', 'count', 'walk', 'walkBack', 'jump'), from: key, to: key }),
  fc.record({ do: fc.constant('clear' as const) }),
  fc.record({ do: fc.constant('abort' as const) }),
)
const transaction = fc.record({
  isReader: fc.boolean(),
  stores: fc.subarray(['one', 'two'], { minLength: 1 }),
  operations: fc.array(operation, { maxLength: 6 }),
})
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never
type Plan = typeof transaction extends fc.Arbitrary<infer T> ? T : never

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', (event) => {
      event.preventDefault()
      reject(new Error(request.error?.name))
    })
  })
}

function open({ factory }: World): Promise<IDBDatabase> {
  const request = factory.open('database', 10)
  request.addEventListener('upgradeneeded', () => {
    for (const store of ['one', 'two'])
      request.result.createObjectStore(store, { keyPath: 'id' }).createIndex('place', ['group', 'place'])
  })
  return answerOf(request)
}

async function walk(store: IDBObjectStore, range: IDBKeyRange, how: Operation['do']): Promise<unknown[]> {
  const seen: unknown[] = []
  const request = store.index('place').openCursor(range, how === 'walkBack' ? 'prev' : 'next')
  await new Promise<void>((resolve) => {
    request.addEventListener('success', () => {
      const cursor = request.result
      if (!cursor) return resolve()
      seen.push([cursor.key, cursor.primaryKey, cursor.value])
      if (how === 'jump' && seen.length === 1) cursor.continue([6, 3])
      else cursor.continue()
    })
  })
  return seen
}

/** Null: the transaction was aborted instead. */
function perform(store: IDBObjectStore, { ranges }: World, operation: Operation): Promise<unknown> | null {
  const range = (from: number, to: number): IDBKeyRange =>
    ranges.bound([Math.min(from, to), -Infinity], [Math.max(from, to), [[]]])
  if ('row' in operation) return answerOf(store[operation.do](operation.row))
  if ('id' in operation) return answerOf(store[operation.do](operation.id) as IDBRequest<unknown>) // of either kind
  if ('from' in operation) {
    const within = range(operation.from, operation.to)
    if (operation.do === 'all') return answerOf(store.index('place').getAll(within, 2))
    if (operation.do === 'keys') return answerOf(store.index('place').getAllKeys(within))
    if (operation.do === 'count') return answerOf(store.index('place').count(within))
    return walk(store, within, operation.do)
  }
  if (operation.do === 'clear') return answerOf(store.clear())
  store.transaction.abort()
  return null
}

async function run(world: World, database: IDBDatabase, plan: Plan): Promise<unknown[]> {
  const told: unknown[] = []
  const transaction = database.transaction(plan.stores, plan.isReader ? 'readonly' : 'readwrite')
  const over = new Promise<string>((resolve) => {
    transaction.addEventListener('complete', () => resolve('complete'))
    transaction.addEventListener('abort', () => resolve('abort'))
  })
  for (const [index, operation] of plan.operations.entries()) {
    const store = transaction.objectStore(plan.stores[index % plan.stores.length] ?? 'one')
    try {
      const asked = perform(store, world, operation)
      if (!asked) break
      told.push([await asked])
    } catch (error) {
      told.push(error instanceof DOMException ? error.name : String(error))
    }
  }
  return [...told, await over]
}

/** Two tabs, whose transactions are made in turns and run at the same time. */
async function runAll(world: World, plans: readonly Plan[]): Promise<unknown> {
  const tabs = await Promise.all([open(world), open(world)])
  const told = await Promise.all(plans.map((plan, index) => run(world, tabs[index % 2] ?? tabs[0], plan)))
  const reading = tabs[0].transaction(['one', 'two'])
  const left = await Promise.all(['one', 'two'].map((store) => answerOf(reading.objectStore(store).getAll())))
  return { told, left }
}

describe('the virtual IndexedDB', () => {
  test('gives every transaction the same answers as a complete one', async () => {
    const property = fc.asyncProperty(fc.array(transaction, { maxLength: 5 }), async (plans) => {
      expect(await runAll(virtualWorld(), plans)).toEqual(await runAll(completeWorld(), plans))
    })
    await fc.assert(property, { numRuns: 300, seed: 4 })
  }, 60_000)

  test('refuses a request outside of the transaction’s own turn', async () => {
    const database = await open(virtualWorld())
    const transaction = database.transaction(['one'], 'readwrite')
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(() => transaction.objectStore('one').get('a')).toThrow('not in its own turn')
  })

  test('forgets what a killed tab had not committed, and lets the next one in', async () => {
    const databases = new VirtualIndexedDB()
    const killed = scheduler()
    const open = (tab: Scheduler): Promise<IDBDatabase> => {
      const request = databases.doorFor(tab).open('database', 10)
      request.addEventListener('upgradeneeded', () => {
        request.result.createObjectStore('one', { keyPath: 'id' })
      })
      return answerOf(request)
    }
    const [one, other] = [await open(killed), await open(scheduler())]
    const putting = answerOf(one.transaction(['one'], 'readwrite').objectStore('one').put({ id: 'a' }))
    const reading = answerOf(other.transaction(['one'], 'readwrite').objectStore('one').getAll())
    await putting
    expect(databases.rows('database', 'one')).toHaveLength(1)
    databases.drop(killed)
    expect(await reading).toEqual([])
  })
})
