import { describe, expect, test } from 'vitest'
import type { WaitingConversation, WaitingMessage } from '../../pwa/client/contract/outbox.ts'
import type { Status } from '../../pwa/client/contract/status.ts'
import { describeOutbox, describeParked, describeWaiting } from '../../pwa/ui/outbox-words.ts'

const account = { id: 1, username: 'alice' }
const status = (state: 'signed-in' | 'expired' | 'unreachable', connection: Status['connection']) => ({
  who: { state, account },
  connection,
})

function waitingWith(count: number, parked: WaitingConversation['parked'] = null): WaitingConversation {
  const message: WaitingMessage = { id: 'a', text: 'a', at: 0, state: 'queued', canWithdraw: true }
  return {
    contact: { id: 2, username: 'bob' },
    parked,
    messages: Array.from({ length: count }, () => message),
  }
}

describe('describeWaiting', () => {
  test.each([
    ['signed-in', 'connected', 'Next to be sent'],
    ['signed-in', 'offline', 'Waiting for the network'],
    ['unreachable', 'connected', 'Waiting for the network'],
    ['expired', 'offline', 'Waiting for you to sign in again'],
  ] as const)('of a queued message, %s and %s', (state, connection, words) => {
    expect(describeWaiting({ state: 'queued' }, status(state, connection))).toBe(words)
  })

  test.each(['keys', 'held', 'behind', 'sending', 'checking', 'parked'] as const)(
    'has words of its own for a message that is %s, whatever the network does',
    (state) => {
      const words = describeWaiting({ state }, status('expired', 'offline'))
      expect(words).not.toBe(describeWaiting({ state: 'queued' }, status('expired', 'offline')))
      expect(words).toBe(describeWaiting({ state }, status('signed-in', 'connected')))
    },
  )
})

describe('describeOutbox', () => {
  test.each([
    ['one message', [waitingWith(1)], '1 message is waiting'],
    ['several conversations', [waitingWith(2), waitingWith(3)], '5 messages are waiting'],
    ['a parked one', [waitingWith(2, 'refused'), waitingWith(3)], 'A message was not sent'],
    [
      'parked ones',
      [waitingWith(2, 'refused'), waitingWith(3, 'too_large')],
      'Messages in 2 conversations were not sent',
    ],
  ])('of %s', (_, outbox, words) => {
    expect(describeOutbox(outbox)).toBe(words)
  })
})

describe('describeParked', () => {
  test('names the contact who is gone', () => {
    expect(describeParked('contact_gone', 'bob')).toContain('bob')
  })

  test.each(['too_large', 'id_taken', 'refused', 'contact_gone'] as const)(
    'says what to do: %s',
    (reason) => {
      expect(describeParked(reason, 'bob')).toMatch(/Edit|Load|delete/)
    },
  )
})
